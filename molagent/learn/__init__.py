"""Models learned from the project's own assay data, with their measured worth.

::

    kernels -> gaussian_process -> local (fit_local) -> a Predictor with a model card
    splits  -> evaluation, domain  -> cards

:func:`molagent.learn.local.fit_local` fits an exact Gaussian process on one endpoint, measures it
on a scaffold split and a random split beside two plain baselines, recalibrates its spread on
out-of-fold residuals, and says in its card whether it is to be relied on.
:class:`molagent.learn.selectivity.DifferencePredictor` derives a selectivity from two of them.
"""
