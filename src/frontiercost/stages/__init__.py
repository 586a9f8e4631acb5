"""The stages of making and running a model, one folder each: inputs, workload, answer."""
