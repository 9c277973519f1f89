"""Which compounds go to the laboratory: desirability of a profile, and a batch from it.

::

    desirability  each objective on 0..1, and their weighted geometric mean
    batch         parallel Thompson sampling, greedy and upper-bound choice under a cap per group
"""
