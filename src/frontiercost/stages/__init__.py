"""The stages of making a model: inputs to a physical workload, one module each."""
