"""Pure functions on structures: reading, standardising, identity, descriptors, fingerprints."""
