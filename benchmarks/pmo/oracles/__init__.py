"""The 23 oracles of PMO: batches of molecules in, values of 0 to 1 out.

::

    catalogue       the oracles by name
    tasks           the twenty that are formulas
    similarity pharmacophore formula descriptors    their raw values
    models          the three that are trained classifiers
    unpickle forest support_vectors    the classifiers, read without scikit-learn
    modifiers       curves from 0 to 1, and means

The formulas are those of PyTDC 0.4.0.
"""

from benchmarks.pmo.oracles.catalogue import ORACLE_NAMES, load_oracle

__all__ = ["ORACLE_NAMES", "load_oracle"]
