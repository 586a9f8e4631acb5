"""Published whole runs as cases: what is known before one starts, and the chip-hours it took.

A case never holds the run's own days, MFU, throughput or cost. Blanks take defaults, each listed
under `assumed`.
"""

from collections.abc import Sequence

from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import UNSTATED_SEQ_LEN, Chip
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen
from frontiercost.core.units import HOURS_PER_DAY
from frontiercost.physics.model_shape import Architecture, active_params, total_params
from frontiercost.physics.shape_guess import derive
from frontiercost.physics.token_flop import training_flop_per_token
from frontiercost.stages.pretrain.cluster import TrainingSetup
from frontiercost.stages.published.case_reading import read_cases
from frontiercost.stages.published.case_shapes import GUESSED, architecture_of
from frontiercost.stages.published.cells import (
    Cells,
    check_below_peak,
    chip,
    date,
    needed,
    number,
    whole,
)
from frontiercost.stages.published.table_kinds import RUNS


@frozen(kw_only=True)
class RunCase:
    """One published run: organisation, machine, model and tokens, and the hours it took."""

    id: str
    organization: str
    model: str
    chip: Chip
    precision: str
    architecture: Architecture
    moe: bool
    seq_len: int
    tokens: float
    chips: float | None
    chip_hours: float
    date: str
    assumed: tuple[str, ...]

    @property
    def training_flop(self) -> float:
        """Exact model FLOP of the run."""
        return float(training_flop_per_token(self.architecture, self.seq_len)) * self.tokens

    @property
    def mfu(self) -> float:
        """Utilisation of the BF16 peak over the published hours: what is to be predicted."""
        seconds = self.chip_hours * 3600
        return self.training_flop / (seconds * self.chip.peak("bf16").value)

    @property
    def shape_is_guessed(self) -> bool:
        """Whether neither the catalogue nor the row knows the shape."""
        return GUESSED in self.assumed

    @property
    def guessed_architecture(self) -> Architecture:
        """A shape guessed from the counts; raises ValueError where none is plausible."""
        active = float(active_params(self.architecture)) if self.moe else 0.0
        return derive(float(total_params(self.architecture)), active)

    @property
    def setup(self) -> TrainingSetup:
        """The machine of the run, as it was known before it began."""
        return TrainingSetup(
            architecture=self.architecture,
            seq_len=self.seq_len,
            tokens=self.tokens,
            chip=self.chip,
            precision=self.precision,
            date=self.date,
        )

    def exactly(self, key: str, value: float, unit: str) -> Fact:
        """Return a number of the case as a fact without interval."""
        return Fact(f"case/{key}", value, value, value, unit, "case", "definition")


def shipped_rows(catalogue: Catalogue) -> list[dict[str, str]]:
    """Return the catalogue's runs under the column names of a table from elsewhere."""
    return [*map(RUNS.renamed, catalogue.run_rows)]


def cases(rows: Sequence[Cells], catalogue: Catalogue) -> tuple[list[RunCase], dict[str, str]]:
    """Turn rows into cases; also return why each other row was left out, by its id."""
    return read_cases(rows, lambda row: case_of(row, catalogue))


def case_of(row: Cells, catalogue: Catalogue) -> RunCase:
    """Turn one row into a case; raise an error that says why when that cannot be."""
    machine, tokens = chip(row, "hardware", catalogue), needed(row, "tokens")
    if reason := row.get("excluded") or row.get("excluded_from_fit"):
        raise ValueError(reason)
    assumed: list[str] = []
    total, active = (number(row, column) or 0.0 for column in ("params_total", "params_active"))
    active = 0.0 if active == total else active
    architecture = architecture_of(_model(row), total, active, row, catalogue, assumed)
    seq_len = whole(row, "seq_len") or _known_seq_len(row, catalogue, assumed)
    chips = number(row, "chips")
    if not row.get("precision"):
        assumed.append("precision = bf16")
    if not chips:
        assumed.append("chips for a run of 90 days")
    case = RunCase(
        id=row["id"],
        organization=row.get("organization", ""),
        model=_model(row),
        chip=machine,
        precision=row.get("precision") or "bf16",
        architecture=architecture,
        moe=bool(architecture.experts),
        seq_len=seq_len,
        tokens=tokens,
        chips=chips,
        chip_hours=published_hours(row),
        date=date(row, "release_date"),
        assumed=tuple(assumed),
    )
    check_below_peak(case.mfu, machine, case.precision)
    return case


def _model(row: Cells) -> str:
    return row.get("model_id") or row.get("model", "")


def published_hours(row: Cells) -> float:
    """Return the hours to be predicted: as stated, else chips x days x 24."""
    if row.get("chip_hours"):
        return needed(row, "chip_hours")
    if row.get("chips") and row.get("wall_days"):
        return needed(row, "chips") * needed(row, "wall_days") * HOURS_PER_DAY
    raise ValueError("chip_hours missing")


def _known_seq_len(row: Cells, catalogue: Catalogue, assumed: list[str]) -> int:
    """Return the sequence length of the model, if the catalogue knows it, else 4,096."""
    name = row.get("model_id", "")
    if catalogue.find("model", name) and "seq_len" in (facts := catalogue.model(name).facts):
        return int(facts["seq_len"].value)
    assumed.append(f"seq_len = {UNSTATED_SEQ_LEN}")
    return UNSTATED_SEQ_LEN
