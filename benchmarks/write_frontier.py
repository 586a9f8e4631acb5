"""Derive which models had the largest known training compute when they came out.

    python benchmarks/write_frontier.py

Writes src/frontiercost/data/frontier.csv from all entries of models. The tests fail when it is not
what the entries say.
"""

from frontiercost.analysis.frontier import COMPUTE
from frontiercost.catalogue.store import SHIPPED, Catalogue, shipped


def records(catalogue: Catalogue) -> list[str]:
    """Return the models with more compute than any before them, by their own figures."""
    models = [catalogue.model(name) for name in catalogue.names("model")]
    dated = [model for model in models if model.release and model.states(COMPUTE)]
    largest, found = 0.0, []
    for model in sorted(dated, key=lambda model: model.release):
        if model.facts[COMPUTE].value > largest:
            largest = model.facts[COMPUTE].value
            found.append(model.name)
    return found


if __name__ == "__main__":
    text = "\n".join(["model", *records(shipped())]) + "\n"
    (SHIPPED / "frontier.csv").write_text(text, encoding="utf-8")
