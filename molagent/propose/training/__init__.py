"""How the policy's weights come about: a corpus, a training run, fine-tuning, the model card."""
