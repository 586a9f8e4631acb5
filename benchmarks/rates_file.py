"""How fitted rates are written: one fact each, as the catalogue reads them."""

from datetime import date

from frontiercost.core.facts import Fact

SECONDS = 86400  # a fact keeps times in days


def entry(name: str, fact: Fact, fitted_from: str) -> str:
    """Return a fact as TOML; `fitted_from` says what rows it was fitted to, if it was."""
    unit, factor = _unit(fact.unit)
    lines = [f"[{name}]"]
    lines += [
        f'{key} = "{getattr(fact, key) * factor:.4g}{unit}"' for key in ("value", "low", "high")
    ]
    limits = fact.limits._asdict().items()
    lines += [f'{key} = "{limit * factor:.4g}{unit}"' for key, limit in limits if limit is not None]
    lines += [f'source = "{fact.source}"', f'confidence = "{fact.confidence}"']
    if fact.at:
        lines.append(f'at = "{fact.at}"')
    as_of = f"{date.today():%Y-%m}" if fitted_from else fact.as_of
    note = fitted_from or fact.note
    lines += [f'as_of = "{as_of}"'] * bool(as_of) + [f'note = "{note}"'] * bool(note)
    return "\n".join(lines) + "\n"


def _unit(unit: str) -> tuple[str, float]:
    spelled = {"%": ("%", 100.0), "x": (" x", 1.0), "B": (" bytes", 1.0), "B/s": (" bytes/s", 1.0)}
    spelled["FLOP/s"] = (" FLOP/s", 1.0)
    return spelled.get(unit) or (" s", float(SECONDS))
