"""Models learned from the project's own assay data, with their measured worth.

::

    kernels -> posterior (limits by censored) -> gaussian_process -> local -> local_predictor, card
    coupled, second_assay -> two_part      how potent if measurable, and whether it is
    training_set -> kernel_rows -> candidates -> choice
                                           which local model, judged on held-out rows
    splits -> evaluation, domain, conformal -> cards
    surrogate                              what an objective would say, learned as a run goes on
    horizon                                how much wider, the farther ahead in time
    message_passing                        one network ensemble for several endpoints
    explanation, contributions             why a model says what it says
    corrected                              a general model and what local residuals add
    kinds                                  the table of what can be trained, and what reads it back
    training_data -> registry, shift       versions trained on snapshots, and what a new one changes

:func:`molagent.learn.local.fit_local` fits an exact Gaussian process on one endpoint, measures it
forward in time where compounds have dates, on a scaffold split and on a random split beside two
plain baselines, recalibrates its spread on out-of-fold residuals, and says in its card whether it
is to be relied on. :class:`molagent.learn.selectivity.DifferencePredictor` derives a selectivity
from two of them.
"""
