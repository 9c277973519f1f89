"""Structure-activity relationships of one assay: what changed, and what it did.

::

    measured      one assay's values, checked once
    differences   differences of values of which some are only bounds
    pairs         matched molecular pairs
    transforms    what a change did on average, and what it suggests
    similarity    count Tanimoto, nearest measured compounds
    cliffs        similar compounds, very different values
    scaffolds     rings and what holds them together, larger and smaller
    series        compounds that share a scaffold, named and counted
    features      donors, acceptors and the atoms between them
    reference     approved drugs, to tell what is special about a series
    motifs        what nearly all potent compounds of a series carry
    rgroups       a core and what hangs on it
    freewilson    what each substituent adds

Everything takes a data frame of one assay, as ``learning_frame`` gives it, and returns data frames.
A bound (``<``, ``>``) is never taken for a value.
"""
