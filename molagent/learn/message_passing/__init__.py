"""A message-passing ensemble for larger assays and for several endpoints together.

::

    graphs -> network -> training (one member) -> ensemble -> predictor
    tasks (labels with gaps and limits)        -> fitting (measure, card)

:func:`molagent.learn.message_passing.fitting.fit_message_passing` fits it on one or several
endpoints; gaps and limits are allowed. Importing this package does not load torch.
"""
