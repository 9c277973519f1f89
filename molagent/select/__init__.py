"""Which compounds go to the laboratory: desirability of a profile, and a batch from it.

::

    desirability  each objective on 0..1, and their weighted geometric mean
    acquisition   what a candidate is worth trying, one number each, from joint draws
    limits        caps per group, distance, budget, availability
    batch         parallel Thompson sampling, best-first choice, what teaches most
    plates        how many compounds fill an order's plates, controls reserved
    hits          how many hits a batch may bring, with an interval
    choosing      one call from draws to a batch with its reasons
"""
