"""Patent overlap: what publications say about a structure, as evidence and never as a verdict.

``publications`` and ``claims`` read a folder of records, ``disclosures`` what is not published;
``releases`` is what a ladder can search; ``ladder`` climbs from exact matches to similarity;
``evidence`` puts it into rows; ``gate`` turns it into a filter; ``landscape`` counts what crowds a
series; ``markush`` reads claims back as sentences.
"""
