"""What is known: the store of chips, models, actors, prices and constants, and its parsing."""
