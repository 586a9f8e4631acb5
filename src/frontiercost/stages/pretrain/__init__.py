"""Pre-training: what it costs to train a base model."""
