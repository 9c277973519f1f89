"""Graph generators: a causal graph policy, and a graph genetic algorithm beside it.

The policy's story, file by file:

* blocks: `motifs`, `vocabulary`
* how known molecules are built: `packed`, `cores`, `trace`, `recorder`, `traces`
* what they may be asked to be: `conditions`
* training data as tensors: `batches`; own compounds: `compounds`
* the network: `layers`, `graph_model`, `weights`
* its training, on a corpus or on own compounds, and the model card: the folder `training`
* what molecules grow from: `seeds`, `stereo`, `leads`, `starts`
* constraints: `constraints`, `patterns`; as masks: `limits`, `links`, `growing`, `actions`
* proposals: `rollout`, `guidance`, `growers`, `sampler`

The genetic algorithm: `children`, `mutations`, `crossovers`, `edits`. Both hand their structures
to `sieve`. Importing this package loads no torch.
"""
