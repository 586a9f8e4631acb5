"""A model from its configuration file, as Hugging Face keeps them: `config.json` or its folder."""
