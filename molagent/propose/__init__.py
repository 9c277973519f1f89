"""Graph generators: a causal graph policy, and a graph genetic algorithm beside it.

The policy's story, file by file:

* blocks: `motifs`, `vocabulary`
* how known molecules are built: `packed`, `cores`, `trace`, `recorder`, `traces`
* training data: `corpus`, `batches`
* the network and its training: `layers`, `graph_model`, `training_run`, `training`, `weights`
* what molecules grow from: `seeds`, `stereo`, `leads`, `starts`
* constraints: `constraints`, `patterns`; as masks: `limits`, `links`, `growing`, `actions`
* proposals: `rollout`, `growers`, `sampler`

The genetic algorithm: `children`, `mutations`, `crossovers`, `edits`. Both hand their structures
to `sieve`. Importing this package loads no torch.
"""
