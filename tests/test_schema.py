"""The JSON Schema tells whoever reads a document what each key is."""

import json

from frontiercost.catalogue.store import SHIPPED


def undescribed(schema):
    """Yield the keys of a schema that nothing is said of."""
    if isinstance(schema, dict):
        properties = schema.get("properties")
        for key, entry in properties.items() if isinstance(properties, dict) else ():
            if isinstance(entry, dict) and not entry.get("description"):
                yield key
        for entry in schema.values():
            yield from undescribed(entry)
    elif isinstance(schema, list):
        for entry in schema:
            yield from undescribed(entry)


def test_the_schema_says_of_every_key_what_it_is():
    schema = json.loads((SHIPPED / "schema.json").read_text(encoding="utf-8"))
    assert sorted(set(undescribed(schema))) == []
