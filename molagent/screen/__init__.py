"""What a proposal has to pass before it is worth a prediction, an order or a synthesis.

::

    rules         property windows (Lipinski, Veber, ...) as data
    alerts        structural alerts: RDKit's catalogues and a list of reactive groups
    plausibility  what a generator draws and no chemist would make
    unstable      groups that can be drawn and do not keep, as data
    precedent     ring systems and bonds that nobody has made before
    controlled    controlled substances and weapon agents: block, review or pass
    admet         the 41 endpoints of admet-ai with their cards, in numbers and in words
    funnel        filters in order, with counts

Each filter has three outcomes; "unknown" is never a pass.
"""
