"""Finding structures among millions: identity keys and fingerprints, memory-mapped."""
