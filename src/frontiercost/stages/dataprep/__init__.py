"""Data preparation: what it costs to get and prepare training data."""
