"""Graph generators: a causal graph policy, and a graph genetic algorithm beside it.

The policy's story, file by file: :mod:`motifs` (blocks), :mod:`traces` (how known molecules are
built), :mod:`corpus` and :mod:`batches` (training data), :mod:`graph_model` (the network),
:mod:`training`, :mod:`weights`, :mod:`seeds` and :mod:`actions` (constraints as masks),
:mod:`rollout` and :mod:`sampler` (proposals). :mod:`edits` holds the genetic algorithm. Importing
this package loads no torch.
"""
