"""Post-training: what it costs to make a base model useful."""
