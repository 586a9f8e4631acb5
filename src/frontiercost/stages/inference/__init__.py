"""Inference: what it costs to serve a model."""
