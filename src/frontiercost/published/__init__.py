"""Published training runs and steps, as cases: what was known before, and what it took."""
