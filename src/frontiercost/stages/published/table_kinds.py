"""Which tables of published results there are, what their columns are called, which one is meant.

A table has the columns of the catalogue's own one and those that tables from elsewhere add.
"""

from collections.abc import Collection, Mapping
from dataclasses import field
from difflib import get_close_matches

from frontiercost.catalogue.store import Catalogue
from frontiercost.core.errors import InputError
from frontiercost.core.frozen import frozen

FROM_ELSEWHERE = "source_url where note confidence date year organization"
"""Columns of any table, for people."""
LONGEST_NAME = 40
"""Characters of a column that are shown, and compared with those that are known."""


@frozen(kw_only=True)
class TableKind:
    """One kind of table and the stage that it tests; `a|b` is one column or the other."""

    name: str
    stage: str
    file: str
    needs: tuple[str, ...]
    telltale: str
    others: str
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What a column may be called, those that count first being first."""

    def known(self, catalogue: Catalogue) -> set[str]:
        """Return every column that it may have."""
        spelled = {name for names in self.names.values() for name in names}
        return {
            *catalogue.columns(self.file),
            *(*self.others.split(), *FROM_ELSEWHERE.split(), *spelled, "id"),
        }

    def lacks(self, columns: Collection[str]) -> list[str]:
        """Return what it needs and these columns are not."""
        return [need for need in self.needs if not self._is_among(need, columns)]

    def likeness(self, columns: Collection[str]) -> tuple[float, bool]:
        """Return the share of what it needs that is among the columns; whether it is given away."""
        return 1 - len(self.lacks(columns)) / len(self.needs), self._is_among(
            self.telltale, columns
        )

    def _is_among(self, need: str, columns: Collection[str]) -> bool:
        return any(
            name in columns for part in need.split("|") for name in self.names.get(part, (part,))
        )

    def renamed(self, row: Mapping[str, str]) -> dict[str, str]:
        """Return a row with its columns also under the names that they are read by."""
        meant = {
            column: next((row[name] for name in names if row.get(name)), "")
            for column, names in self.names.items()
            if row.keys() & set(names)
        }
        return {**row, **meant}


SHAPE = "layers hidden ffn heads kv_heads vocab"
RUNS = TableKind(
    name="runs",
    stage="pretrain",
    file="runs.csv",
    needs=("hardware", "tokens", "chip_hours|wall_days", "model_id|params_total"),
    telltale="hardware",
    others=f"{SHAPE} model wall_days train_flop mfu_reported hfu_reported mfu_derived flop_6nd "
    "mfu_with_causal_attention cost_usd_published cost_basis interruption_or_goodput "
    "excluded_from_fit",
    names={
        "model_id": ("model_id", "model"),
        "params_total": ("params_total", "total_params"),
        "params_active": ("params_active", "active_params"),
        "hardware": ("hardware", "chip"),
        "release_date": ("release_date", "date"),
    },
)
KINDS = (
    RUNS,
    TableKind(
        name="steps",
        stage="training-step",
        file="throughput.csv",
        needs=(
            "gpu",
            "n_gpus",
            "tokens_per_s_per_gpu|tflops_per_gpu|mfu_reported|mfu_vs_bf16_peak",
            "model|params",
        ),
        telltale="gpu",
        others="inconsistent",
    ),
    TableKind(
        name="serving",
        stage="serving",
        file="serving_measured.csv",
        needs=(
            *("system", "model_path", "isl", "osl", "concurrency"),
            *("silicon_ttft_ms", "silicon_tpot_ms"),
        ),
        telltale="silicon_tpot_ms",
        others="mode batch_size pp_size spec",
    ),
    TableKind(
        name="speeds of devices",
        stage="local-serving",
        file="serving_local.csv",
        needs=("device", "model", "quantization", "decode_tok_s|prefill_tok_s"),
        telltale="decode_tok_s",
        others="power_w",
    ),
    TableKind(
        name="post-training runs",
        stage="posttrain",
        file="posttraining_runs.csv",
        needs=("stage", "hardware", "base_model_id|base_params_total", "chip_hours|wall_days"),
        telltale="base_model_id",
        others="params_active",
    ),
    TableKind(
        name="RL steps",
        stage="posttrain",
        file="rl_breakdown.csv",
        needs=(
            *("hardware", "chips", "prompts_x_samples", "avg_seq_tokens", "step_seconds"),
            "model|base_model_id|base_params_total",
        ),
        telltale="prompts_x_samples",
        others="base_params_total base_params_active",
    ),
    TableKind(
        name="costs",
        stage="cost",
        file="frontier_costs.csv",
        needs=("usd", "model"),
        telltale="usd",
        others="",
        names={
            "model": ("model_id", "model"),
            "stage": ("stage_std", "stage"),
            "basis": ("basis_std", "basis"),
        },
    ),
)


def kind_of(stage: str | None, columns: Collection[str]) -> TableKind:
    """Return the kind that a table's columns are most like, of a stage if that is given.

    Raises InputError where they are like none.
    """
    among = [kind for kind in KINDS if stage in (None, kind.stage)]
    best = max(among, key=lambda kind: kind.likeness(columns))
    share, given_away = best.likeness(columns)
    if stage is None and share <= 0.5 and not given_away:
        first = (
            f"{kind.name} ({', '.join(need.split('|')[0] for need in kind.needs[:3])}, …)"
            for kind in KINDS
        )
        raise InputError(f"has neither the columns of {' nor of '.join(first)}")
    return best


def check_columns(kind: TableKind, columns: Collection[str], known: Collection[str]) -> None:
    """Raise InputError that names what a table lacks, and what may have been meant for it."""
    unknown = [column[:LONGEST_NAME] for column in columns if column not in known]
    lacking = []
    for need in kind.lacks(columns):
        near = [near for name in need.split("|") for near in _near(name, unknown)]
        hint = f" (or is it '{near[0]}'?)" if near else ""
        lacking.append(need.replace("|", " or ") + hint)
    if lacking:
        like = next(
            (f"; it has those of {k.name} ({k.stage})" for k in KINDS if not k.lacks(columns)), ""
        )
        raise InputError(
            f"read as a table of {kind.name} ({kind.stage}), it lacks the columns "
            f"{', '.join(lacking)}{like}; all columns: frontiercost catalogue tables "
            f"{kind.file.removesuffix('.csv')}"
        )


def unread(columns: Collection[str], known: Collection[str], most: int = 6) -> str:
    """Return a note on columns that are not known, each with the nearest that is; or nothing."""
    unknown = [column for column in columns if column and column not in known]
    free = [column for column in known if column not in columns]
    said = []
    for column in unknown[:most]:
        near = _near(column[:LONGEST_NAME], free)
        said.append(
            f"'{column[:LONGEST_NAME]}'" + (f" (did you mean '{near[0]}'?)" if near else "")
        )
    more = f" and {len(unknown) - most} more" if len(unknown) > most else ""
    return f"Columns that are not known are not read: {', '.join(said)}{more}." if said else ""


def _near(name: str, choices: Collection[str]) -> list[str]:
    return get_close_matches(name, sorted(choices), n=1, cutoff=0.6)
