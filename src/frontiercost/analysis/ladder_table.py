"""The ladder for many: rows that are shown, how many could and have, and categories by shares."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from frontiercost.analysis.actors import spendable, with_money
from frontiercost.analysis.ladder import Ladder
from frontiercost.analysis.ladder_rows import Row, RungCell
from frontiercost.analysis.rungs import Rung
from frontiercost.catalogue.types import Actor
from frontiercost.core.frozen import frozen
from frontiercost.core.units import not_after
from frontiercost.core.wording import ABLE
from frontiercost.cost.affordability import word_of


@frozen
class CategoryRow:
    """A category on every rung: the share of its members that could, as expected."""

    name: str
    label: str
    short: str
    members: int
    shares: Mapping[str, float]
    done: Mapping[str, bool]
    """Whether one of its kind has been on a rung."""

    def word(self, rung: str) -> str:
        """Return the word for the share of members: that of such a chance."""
        return word_of(self.shares[rung])


class LadderTable:
    """Rows of a ladder with what they are set against."""

    def __init__(
        self,
        ladder: Ladder,
        rungs: Sequence[Rung],
        rows: Sequence[Row],
        before: "LadderTable | None" = None,
        years: Sequence[int] = (),
        *,
        of_kind: bool = False,
    ) -> None:
        """`before` is the same without levers; `of_kind`: nobody was named, so categories are."""
        self.ladder, self.rungs, self.rows, self.before = ladder, rungs, rows, before
        self.years, self.of_kind = years, of_kind
        self._rows: dict[str, Row] = {}

    @cached_property
    def everybody(self) -> Mapping[str, Row]:
        """Every actor of the catalogue that has been founded, by name, whatever the rows show."""
        actors = self.ladder.catalogue.actors.values()
        there = (actor for actor in actors if not_after(actor.since, self.ladder.date))
        return {actor.name: self._row(actor) for actor in there}

    def _row(self, actor: Actor) -> Row:
        if actor.name not in self._rows:
            self._rows[actor.name] = self.ladder.row_with_pool(actor, self.rungs)
        return self._rows[actor.name]

    @cached_property
    def _kinds(self) -> frozenset[tuple[str, str]]:
        """Which categories have a member, or a case of its kind, that has been on which rung."""
        actors = self.ladder.catalogue.actors
        deeds = (deed for deed in self.ladder.deeds if deed.of_its_day)
        return frozenset((actors[deed.actor].category, deed.rung) for deed in deeds)

    @cached_property
    def counted(self) -> Sequence[Actor]:
        """Those who could act and whose money is known."""
        return with_money(self.ladder.catalogue, self.ladder.date)

    @cached_property
    def money(self) -> Mapping[str, float]:
        """What each ultimate parent could spend on one model."""
        return spendable(self.counted, self.ladder.date)

    def who_could(self, *rungs: str, words: Sequence[str] = ABLE) -> frozenset[str]:
        """Return the ultimate parents, each once, that could be on one of these rungs."""
        able = (a for a in self.counted if any(self._cell(a, rung).word in words for rung in rungs))
        return frozenset(actor.parent or actor.name for actor in able)

    def who_might(self, rung: str) -> frozenset[str]:
        """Return the ultimate parents that perhaps could, and none of whose own likely can."""
        return self.who_could(rung, words=("toss-up",)) - self.who_could(rung)

    def who_have(self, rung: str) -> frozenset[str]:
        """Return the ultimate parents that have been on a rung themselves."""
        own = {d.actor for d in self.ladder.deeds if d.rung == rung and d.whose == "itself"}
        return frozenset(actor.parent or actor.name for actor in self.counted if actor.name in own)

    def _cell(self, actor: Actor, rung: str) -> RungCell:
        return self._row(actor).cell(rung)

    @cached_property
    def categories(self) -> list[CategoryRow]:
        """Return the categories that have members with money, in the catalogue's order."""
        kinds = self.ladder.catalogue.categories.values()
        rows = (self._category(kind) for kind in kinds)
        return [row for row in rows if row.members]

    def _category(self, kind: Mapping[str, str]) -> CategoryRow:
        members = [a for a in self.counted if a.category == kind["category"]]
        return CategoryRow(
            name=kind["category"],
            label=kind["label"],
            short=kind["short"],
            members=len(members),
            shares={r.name: _share(self._cell(a, r.name) for a in members) for r in self.rungs},
            done={rung.name: (kind["category"], rung.name) in self._kinds for rung in self.rungs},
        )


def _share(cells: Iterable[RungCell]) -> float:
    """Return the share of members that could, as expected: the mean of their chances."""
    chances = [float(c.word in ABLE) if c.probability is None else c.probability for c in cells]
    return sum(chances) / len(chances) if chances else 0.0
