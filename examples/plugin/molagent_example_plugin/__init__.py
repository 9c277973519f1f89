"""Four plugins for molagent: a generator, a predictor, a filter and a policy."""
