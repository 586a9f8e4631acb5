"""Evaluations → sentences, tables and the JSON document, one module a subject."""
