"""Finding structures among millions: identity keys and fingerprints, memory-mapped.

``CompoundIndexWriter`` takes rows in batches; ``CompoundIndex`` finds them by key, by similarity
and by substructure; ``compute_row`` is what both know of a structure.
"""
