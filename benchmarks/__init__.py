"""What the figures of BENCHMARKS.md come from; each by ``python -m benchmarks NAME``.

::

    campaign     wall time, peak memory, reproducibility and survival of SIGKILL
    generation   speed, validity and MOSES figures of the generators
    predictors   MoleculeACE, and ADMET-AI's networks beside the stock package
    screens      what the filters stop among known compounds; speed of the evidence ladder
"""
