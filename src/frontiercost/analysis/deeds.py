"""Who has done it: deeds as data, and whether what they took was called out of reach."""

from collections.abc import Mapping

from frontiercost.catalogue.store import Catalogue
from frontiercost.core.frozen import frozen


@frozen
class Deed:
    """One actor on one rung at a date: what it did, or that nobody like it has done so."""

    actor: str
    rung: str
    model: str
    date: str
    done: bool
    whose: str
    """`itself`, one of its `kind`, or `lesser`: at the level of years before."""
    scenario: Mapping[str, str]
    """What prices it: keys of the rung's stage; empty where nothing public does, or as the rung."""
    computable: bool
    tests_money: bool
    """Whether its actor's money was known without it; else that was looked up, or its share set,
    because of the deed, and agrees with it for that reason."""
    source: str
    confidence: str
    note: str

    @property
    def of_its_day(self) -> bool:
        """Whether it was of the level that the rung had at its date."""
        return self.whose != "lesser"


def deeds_of(catalogue: Catalogue) -> list[Deed]:
    """Return what was done, and what nobody has done by its date, in the order of the file."""
    return [_deed(row) for row in catalogue.rows("deeds.csv")]


def _deed(row: Mapping[str, str]) -> Deed:
    pairs = (part.split("=", 1) for part in row["scenario"].split(";") if "=" in part)
    return Deed(
        actor=row["actor"],
        rung=row["rung"],
        model=row["model"],
        date=row["date"],
        done=row["done"] == "yes",
        whose=row["whose"],
        scenario={key.strip(): text.strip() for key, text in pairs},
        computable=row["scenario"] != "unknown",
        tests_money=row["money"] == "own",
        source=row["source"],
        confidence=row["confidence"],
        note=row["note"],
    )
