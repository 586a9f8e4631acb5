"""Files in the form of the publishers', of models that are made up."""

import csv
import json

from frontiercost.catalogue.store import shipped
from frontiercost.upstream.registry import publisher, renewal

TABLES = {"epoch": "models.csv", "genai-prices": "prices/api.csv"}
EPOCH = {
    "Model": "Example 9B",
    "Organization": "Example Lab",
    "Publication date": "2026-10-05",
    "Domain": "Language",
    "Parameters": "9000000000.0",
    "Parameters notes": "",
    "Training compute (FLOP)": "",
    "Training dataset size (total)": "6000000000000",
    "Confidence": "Confident",
    "Link": "https://example.org/9b",
    "Epochs": "",
    "Training time (hours)": "",
    "Training hardware": "",
    "Hardware quantity": "",
    "Base model": "",
    "Numerical format": "",
}
"""A row of the publisher's columns; the models are made up."""
OLDER = {
    "Model": "System",
    "Training dataset size (total)": "Training dataset size (datapoints)",
}
BETWEEN = {"Training dataset size (total)": "Training dataset size (gradients)"}
FLOP = "Training compute (FLOP)"
NO_COUNTS = {"Parameters": "", "Training dataset size (total)": ""}
OFFER = {"id": "example-9b", "name": "Example 9B", "prices": {"input_mtok": 1, "output_mtok": 4}}


def epoch_file(path, *rows, renamed=()):
    """Write rows, each what it has otherwise than the example, under names of another edition."""
    names = [dict(renamed).get(name, name) for name in EPOCH]
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows((EPOCH | row).values() for row in rows)
    return path


def price_file(path, *models, provider="example"):
    """Write offers as the publisher's JSON, each what it has otherwise than the example."""
    listed = [OFFER | model for model in models]
    path.write_text(json.dumps([{"id": provider, "models": listed}]), encoding="utf-8")
    return path


def read(name, path, catalogue=None, date=""):
    return publisher(name).read(path, catalogue or shipped(), date)


def renewed(name, path, catalogue=None, date="", revise=False):
    known = catalogue or shipped()
    return renewal(known, read(name, path, known, date), publisher(name), revise=revise)
