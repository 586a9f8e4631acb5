"""Draw whether intervals hold what they state: published values inside, beside what was stated.

    python benchmarks/write_calibration.py

Writes a picture for each chart to benchmarks/plots, and what they show into METHOD.md. The tests
fail when a picture is not that of the present predictions. A value lies inside the central interval
of a share p where |z| <= Phi^-1((1 + p)/2), with z = z95 ln(actual/median) / ln(end/median) and the
end on its side: between the ends and beyond, predictions are split lognormals, as facts are. Those
that were drawn (whole runs, post-training, costs) are so only nearly.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean

from calibration_groups import Labels, labels_by_id
from pages import METHOD, ROOT, write
from write_accuracy import DRAWS

from frontiercost.backtest.steps import LEVELS
from frontiercost.backtest.summary import Backtest, Prediction
from frontiercost.backtest.tables import backtests
from frontiercost.catalogue.store import Catalogue, shipped
from frontiercost.core.facts import Z95
from frontiercost.core.report import Cell, Chart, Table
from frontiercost.core.wording import listed
from frontiercost.render.chart import svg_of
from frontiercost.render.markdown import render_table
from frontiercost.render.shapes import STYLE

PLOTS = ROOT / "benchmarks" / "plots"
STATED = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
TABLED = (0.5, 0.8, 0.9, 0.95, 0.99)
USUAL = 0.9
FEWEST = 5
"""Rows of a group that is shown."""
FEW_INSIDE = 0.8
"""Below which a group is named, whatever chance does."""
LOW, HIGH = 0.05, 0.95
"""Ends of the range of what chance does to a true interval."""
STEPS = "training-step: seconds_per_token, "
ASKED, KNOWN = (STEPS + level for level in LEVELS)


@dataclass(frozen=True)
class Curves:
    """One picture: quantities or levels of information, whose rows are held out alike."""

    file: str
    title: str
    names: Mapping[str, str]
    """What each backtest is called in it, by the backtest's title."""
    holder: str
    """What was held out together; nothing where no coverage is claimed."""


CURVES = (
    Curves("runs", "Chip-hours of whole runs", {"pretrain: chip_hours": "runs"}, "developer"),
    Curves(
        "steps",
        "Time of training steps, by what is known",
        {ASKED: "counts, chip and batch known", KNOWN: "shape and plan known too"},
        "software stack",
    ),
    Curves(
        "serving",
        "Served models, by quantity and by what is known",
        {
            "serving: tpot": "time per token",
            "serving: ttft": "time to the first token, any engine",
            "serving: ttft, engine named": "time to the first token, engine named",
            "serving: request_throughput": "requests per second",
        },
        "model",
    ),
    Curves(
        "local-serving",
        "Models on devices at home",
        {
            "local-serving: decode_rate": "tokens per second",
            "local-serving: prefill_rate": "speed of reading a prompt",
        },
        "device",
    ),
    Curves(
        "posttrain",
        "Chip-hours of phases of post-training",
        {"posttrain: chip_hours": "phases"},
        "developer",
    ),
    Curves(
        "rl-steps",
        "Time of steps of reinforcement learning",
        {"posttrain: step_seconds": "steps"},
        "model family",
    ),
    Curves(
        "costs",
        "Costs that others published: agreement, no test",
        {
            "cost: usd, estimated by others": "estimated by others",
            "cost: usd, stated by the developer": "stated by the developer",
            "cost: usd, purchase price": "purchase price",
        },
        "",
    ),
)
BARS = {
    "runs-by-group": ("pretrain: chip_hours", "Whole runs", "developer"),
    "steps-asked-by-group": (ASKED, "Training steps, plan and shape unknown", "software stack"),
    "steps-known-by-group": (KNOWN, "Training steps, both known", "software stack"),
    "time-per-token-by-group": ("serving: tpot", "Time per token", "model"),
    "first-token-by-group": ("serving: ttft", "Time to the first token, any engine", "model"),
    "posttrain-by-group": ("posttrain: chip_hours", "Phases of post-training", "developer"),
}
"""By file: the backtest, what it is called, and what was held out together."""


# --- shares inside ------------------------------------------------------------------------------


def deviation(p: Prediction) -> float:
    """Return how far a value is from the predicted median, in standard deviations of its side."""
    low, median, high = p.predicted
    end = high if p.actual > median else low
    assert end, p.id
    return Z95 * math.log(p.actual / median) / abs(math.log(end / median))


def share_inside(predictions: Iterable[Prediction], stated: float) -> float:
    """Return the share of values within the central interval of a stated share."""
    most = NormalDist().inv_cdf((1 + stated) / 2) * (1 + 1e-12)  # an end is inside
    return fmean(abs(deviation(p)) <= most for p in predictions)


def share_by_holder(predictions: Iterable[Prediction], stated: float) -> float:
    """Return the same with everyone who was held out counting once."""
    by_holder: dict[str, list[Prediction]] = {}
    for p in predictions:
        by_holder.setdefault(p.holder, []).append(p)
    return fmean(share_inside(rows, stated) for rows in by_holder.values())


def range_of_chance(n: int, stated: float) -> tuple[float, float]:
    """Return between which shares n independent values lie inside in nine of ten cases.

    The 5th and 95th percentile of a binomial of n and the stated share, over n.
    """
    passed, ends = 0.0, []
    for k in range(n + 1):
        passed += math.comb(n, k) * stated**k * (1 - stated) ** (n - k)
        ends += [k / n] * ((passed >= LOW) + (passed >= HIGH) - len(ends))
    low, high = (*ends, 1.0, 1.0)[:2]
    return low, high


def holders_of(predictions: Iterable[Prediction]) -> int:
    """Return how many were held out, who are taken to be independent."""
    return len({p.holder for p in predictions})


# --- by level of information ----------------------------------------------------------------------


def curve_table(curves: Curves, found: Mapping[str, Backtest]) -> Table:
    """Return the shares inside by what was stated, as a table that is drawn."""
    rows_of = {name: found[title].predictions for title, name in curves.names.items()}
    independent = min(map(holders_of, rows_of.values()))
    rows = []
    for stated in STATED:
        shares = [share_by_holder(rows, stated) for rows in rows_of.values()]
        ends = range_of_chance(independent, stated)
        rows.append(tuple(Cell(share, "%") for share in (stated, stated, *shares, *ends)))
    names = ("as stated", *rows_of)
    low, high = (len(names) + 1, len(names) + 2) if curves.holder else (None, None)
    chart = Chart(kind="curve", values=tuple(range(1, len(names) + 1)), low=low, high=high)
    return Table(curves.title, ("stated", *names, "Low", "High"), tuple(rows), chart=chart)


def said_of_curves(curves: Curves, found: Mapping[str, Backtest]) -> str:
    """Say how far from what is stated the shares are, and where they leave what chance does."""
    return " ".join(
        _said_of_curve(name, found[title].predictions, curves.holder)
        for title, name in curves.names.items()
    )


def _said_of_curve(name: str, rows: Sequence[Prediction], holder: str) -> str:
    shares = {stated: share_by_holder(rows, stated) for stated in STATED}
    worst = max(STATED, key=lambda stated: abs(shares[stated] - stated))
    farthest = f"farthest off where {worst:.0%} is stated and {shares[worst]:.0%} lie inside"
    named = f"{name[0].upper()}{name[1:]} ({len(rows):,} rows"
    if not holder:
        return f"{named}): {farthest}."
    independent = holders_of(rows)
    out = [
        f"{stated:.0%}"
        for stated, share in shares.items()
        if not _within(share, range_of_chance(independent, stated))
    ]
    leaves = f"outside the pale range at {listed(out)}" if out else "never outside the pale range"
    return f"{named} of {counted(independent, holder)}): {farthest}, {leaves}."


def counted(n: int, what: str) -> str:
    """Return a number of things in words."""
    plural = f"{what[:-1]}ies" if what.endswith("y") else f"{what}s"
    return f"{n:,} {what if n == 1 else plural}"


def _within(share: float, ends: tuple[float, float]) -> bool:
    return ends[0] - 1e-9 <= share <= ends[1] + 1e-9


Group = tuple[str, list[Prediction]]


# --- by group -------------------------------------------------------------------------------------


def bar_table(title: str, groups: Iterable[Group], holder: str) -> Table:
    """Return the share inside of each group, and the range that chance gives as many held out."""
    rows = []
    for label, members in groups:
        independent = holders_of(members)
        name = f"{label}: {counted(len(members), 'row')} of {counted(independent, holder)}"
        shares = (share_by_holder(members, USUAL), *range_of_chance(independent, USUAL))
        rows.append((Cell(name), *(Cell(share, "%") for share in shares)))
    chart = Chart(kind="bars", low=2, high=3, mark=Cell(USUAL, "%"), mark_label="90 % stated")
    whole = f"{title}: inside the 90 % interval"
    return Table(whole, ("", "Inside", "Low", "High"), tuple(rows), chart=chart)


def groups_of(predictions: Sequence[Prediction], labels: Labels) -> Iterator[Group]:
    """Yield groups of enough rows, way by way of grouping, the largest of each first."""
    ways: dict[str, dict[str, list[Prediction]]] = {}
    for p in predictions:
        for way, label in labels[p.id].items():
            ways.setdefault(way, {}).setdefault(label, []).append(p)
    for groups in ways.values():
        ordered = sorted(groups.items(), key=lambda pair: (-len(pair[1]), pair[0]))
        yield from ((label, rows) for label, rows in ordered if len(rows) >= FEWEST)


def said_of_bars(groups: Sequence[Group]) -> str:
    """Say which groups lie outside the range of chance, and which have few inside."""
    shares = {name: share_by_holder(rows, USUAL) for name, rows in groups}
    out = [
        name
        for name, rows in groups
        if not _within(shares[name], range_of_chance(holders_of(rows), USUAL))
    ]
    few = [f"{name} ({share:.0%})" for name, share in shares.items() if share < FEW_INSIDE]
    return (
        f"Of {counted(len(groups), 'group')} {listed(out) or 'none'} "
        f"{'is' if len(out) < 2 else 'are'} outside what chance does. Fewer than "
        f"{FEW_INSIDE:.0%} lie inside of: {listed(few) or 'none'}."
    )


# --- pictures and page ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Picture:
    """A drawn table and what it shows, in words."""

    file: str
    table: Table
    said: str
    below: str
    """What stands under its title."""

    @property
    def svg(self) -> str:
        """The picture, with its style."""
        return svg_of(self.table, self.below, f"<style>{STYLE}</style>\n")

    @property
    def markdown(self) -> str:
        """The picture and its sentence on a page; no wider than it is readable."""
        source = (PLOTS / self.file).relative_to(ROOT).as_posix()
        image = f'<img src="{source}.svg" alt="{self.table.title}" width="420">'
        return f"{image}\n\n{self.said}"


def pictures(found: Iterable[Backtest], catalogue: Catalogue) -> list[Picture]:
    """Return every picture: by level of information, then by group."""
    by_title = {one.title: one for one in found}
    of_curves = [
        Picture(
            f"calibration-{curves.file}",
            curve_table(curves, by_title),
            said_of_curves(curves, by_title),
            "share inside, by the share that is stated" + _pale(curves.holder),
        )
        for curves in CURVES
    ]
    labels = labels_by_id(catalogue)
    return [*of_curves, *(_bars(file, by_title, labels) for file in BARS)]


def _pale(holder: str) -> str:
    return f"; pale: what chance does where each {holder} is independent" if holder else ""


def _bars(file: str, found: Mapping[str, Backtest], labels: Mapping[str, Labels]) -> Picture:
    title, name, holder = BARS[file]
    groups = [*groups_of(found[title].predictions, labels[found[title].stage])]
    below = f"line: what chance does where each {holder} is independent"
    return Picture(file, bar_table(name, groups, holder), said_of_bars(groups), below)


def summary(found: Iterable[Backtest]) -> Table:
    """Return the shares inside by what was stated, and at 90 % with everyone held out once."""
    rows = tuple(
        (
            Cell(one.title),
            Cell(float(len(one.predictions)), "count"),
            Cell(float(holders_of(one.predictions)), "count"),
            *(Cell(share_inside(one.predictions, stated), "%") for stated in TABLED),
            Cell(share_by_holder(one.predictions, USUAL), "%"),
            Cell(_range_words(holders_of(one.predictions))),
        )
        for one in found
        if not one.consistency
    )
    heads = [f"{stated:.0%}" for stated in TABLED]
    columns = ("", "Rows", "Held out", *heads, "90 %, each once", "Chance")
    return Table("Share inside, by the share that is stated", columns, rows)


def _range_words(n: int) -> str:
    low, high = range_of_chance(n, USUAL)
    return f"{low:.0%} to {high:.0%}"


def section(found: Sequence[Backtest], catalogue: Catalogue) -> str:
    """Return what METHOD.md shows of it."""
    drawn = pictures(found, catalogue)
    return "\n\n".join([render_table(summary(found)), *(one.markdown for one in drawn)])


def renew(found: Sequence[Backtest], catalogue: Catalogue) -> None:
    """Write all pictures and the page; pictures that are no longer drawn go."""
    PLOTS.mkdir(exist_ok=True)
    for old in PLOTS.glob("*.svg"):
        old.unlink()
    for one in pictures(found, catalogue):
        (PLOTS / f"{one.file}.svg").write_text(one.svg, encoding="utf-8")
    write(METHOD, "calibration", section(found, catalogue))


def main() -> None:
    """Run the backtests and write."""
    renew(backtests(None, None, DRAWS, shipped()), shipped())


if __name__ == "__main__":
    main()
