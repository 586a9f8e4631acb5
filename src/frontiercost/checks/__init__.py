"""Budget assumptions as code: a file of conditions on scenarios, each of which passes or not."""
