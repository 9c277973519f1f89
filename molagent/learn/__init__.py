"""Models learned from the project's own assay data, with their measured worth.

::

    kernels -> gaussian_process (limits by censored) -> local (fit_local) -> a Predictor with a card
    boosted, embedding -> choice           which local model, judged on held-out rows
    splits -> evaluation, domain, conformal -> cards
    message_passing                        one network ensemble for several endpoints
    explanation                            why a model says what it says
    corrected                              a general model and what local residuals add
    registry                               versions trained on snapshots

:func:`molagent.learn.local.fit_local` fits an exact Gaussian process on one endpoint, measures it
forward in time where compounds have dates, on a scaffold split and on a random split beside two
plain baselines, recalibrates its spread on out-of-fold residuals, and says in its card whether it
is to be relied on. :class:`molagent.learn.selectivity.DifferencePredictor` derives a selectivity
from two of them.
"""
