"""Published times of served models: measured under load, and a tool's tables of static batches."""

from collections.abc import Mapping, Sequence

from frontiercost.catalogue.store import Catalogue, shipped
from frontiercost.catalogue.types import Chip
from frontiercost.core.facts import Fact
from frontiercost.core.frozen import frozen
from frontiercost.physics.forward_pass import Deployment
from frontiercost.physics.model_shape import Architecture, shape_of
from frontiercost.physics.number_formats import FORMATS, Formats, formats_on
from frontiercost.physics.serving_deployment import times_of
from frontiercost.physics.serving_machine import ANY_ENGINE, machine_on, rates_on
from frontiercost.physics.serving_memory import Request
from frontiercost.physics.serving_queue import LoadTimes
from frontiercost.stages.published.case_reading import read_cases
from frontiercost.stages.published.case_shapes import known_by_first_words
from frontiercost.stages.published.cells import Cells, chip, needed, number

STATIC = "static"  # the tool's batches: no engine, no queue
MEAN_LENGTH_DRAWN = 0.9  # InferenceX draws lengths between 80 and 100 % of the nominal ones
LARGEST_SERVER = 8  # chips; rows across servers of GB200 contradict each other
LONGEST_NAME = 20  # words
MILLI = 1e-3
SPECULATIVE = {"mtp": "multi-token prediction"}
"""Rows of another kind: several tokens a step."""
MEASURED = ("isl", "osl", "concurrency", "silicon_ttft_ms", "silicon_tpot_ms")


@frozen(kw_only=True)
class ServingCase:
    """One published pair of times with what is needed to predict it. Times in seconds."""

    id: str
    model: str
    engine: str
    collection: str
    architecture: Architecture
    chip: Chip
    formats: Formats
    deployment: Deployment
    concurrency: float
    prompt: float
    output: float
    ttft: float
    tpot: float
    date: str = ""
    tool_ttft: float | None = None
    tool_tpot: float | None = None

    @property
    def sequences(self) -> float:
        """Sequences of one group of chips that shares its attention."""
        return max(self.concurrency / float(self.deployment.data), 1.0)

    @property
    def kind(self) -> str:
        """What its group is called: dense, MoE, or sparse attention."""
        if self.architecture.is_sparse:
            return "sparse"
        return "MoE" if self.architecture.experts else "dense"

    @property
    def holder(self) -> str:
        """What an unseen case differs in: model, engine and chip."""
        return f"{self.model} {self.engine} {self.chip.name}"

    @property
    def cluster(self) -> tuple[str, ...]:
        """What shares its errors: model, chip, format, engine, who measured."""
        return (self.model, self.chip.name, self.formats.family, self.engine, self.collection)

    def times(self, rates: Mapping[str, Fact], engine: str = ANY_ENGINE) -> LoadTimes:
        """Return seconds under load as `inference` has them, its engine known or not."""
        rate = rates_on(self.chip, self.formats, rates, engine)
        return times_of(
            self.architecture,
            Request(prompt=self.prompt, output=self.output),
            self.deployment,
            self.sequences,
            machine_on(self.chip, self.formats, rate),
            rate,
            prompts=self.sequences if self.engine == STATIC else 1.0,
        )


def measured_rows() -> list[dict[str, str]]:
    """Read the shipped measurements."""
    return shipped().rows("serving_measured.csv")


def tool_rows() -> list[dict[str, str]]:
    """Read the shipped tables of the tool."""
    return shipped().rows("serving_tool.csv")


def measured_cases(
    rows: Sequence[Cells], catalogue: Catalogue
) -> tuple[list[ServingCase], dict[str, str]]:
    """Turn measured rows into cases; also return why each other row was left out, by its id."""
    return read_cases(rows, lambda row: measured_case(row, catalogue))


def measured_case(row: Cells, catalogue: Catalogue) -> ServingCase:
    """Turn one measured row into a case; raise an error that says why when it cannot be used."""
    if reason := row.get("unfit") or SPECULATIVE.get(row.get("spec", "")):
        raise ValueError(reason)
    machine = chip(row, "system", catalogue)
    isl, osl, concurrency, ttft, tpot = (needed(row, column) for column in MEASURED)
    path = row.get("model_path", "")
    model, architecture = _model(path, catalogue)
    tensor, data, expert = _ways(row)
    if tensor * data > LARGEST_SERVER:
        raise ValueError(f"spread over more than {LARGEST_SERVER} chips")
    formats = _formats(row, path, machine, bool(architecture.experts))
    collection = row.get("collection", "")
    drawn = MEAN_LENGTH_DRAWN if collection.startswith("inferencex") else 1.0
    return ServingCase(
        id=row["id"],
        model=model,
        engine=_engine(row.get("backend", "")),
        collection=collection,
        architecture=architecture,
        chip=machine,
        formats=formats,
        deployment=Deployment(tensor=tensor, data=data, expert=expert, **formats.sizes),
        concurrency=concurrency,
        prompt=isl * drawn,
        output=osl * drawn,
        ttft=ttft * MILLI,
        tpot=tpot * MILLI,
        date=row.get("measured_date", ""),
        tool_ttft=_seconds(row, "aic_ttft_ms"),
        tool_tpot=_seconds(row, "aic_tpot_ms"),
    )


def _engine(text: str) -> str:
    """Return the engine as the rates name it: TRT-LLM and tensorrt_llm are trtllm."""
    letters = "".join(filter(str.isalnum, text.lower()))
    return {"": ANY_ENGINE, "tensorrtllm": "trtllm"}.get(letters, letters)


def _formats(row: Cells, path: str, machine: Chip, mixture: bool) -> Formats:
    """Number formats of a row: those of its columns, else one that the path names."""
    named = row.get("gemm_quant_mode") or row.get("precision") or _precision_in(path)
    wide = named in ("bf16", "bfloat16")
    experts = row.get("moe_quant_mode") or named
    dense = "bf16" if mixture and FORMATS.get(named, ("",))[0] == "fp4" else named
    return formats_on(machine, dense, experts, "bf16" if wide else "fp8")


def tool_cases(catalogue: Catalogue) -> list[ServingCase]:
    """Return the shipped static batches as cases."""
    return [_tool_case(row, catalogue) for row in tool_rows()]


def _tool_case(row: Mapping[str, str], catalogue: Catalogue) -> ServingCase:
    model, architecture = _model(row["model"], catalogue)
    chip = catalogue.chip(row["system"], "system")
    formats = formats_on(chip, row["gemm"], row["moe_q"] or row["gemm"], row["kvcache"])
    data = float(row["dp"] or 1)
    return ServingCase(
        id=row["row_id"],
        model=model,
        engine=STATIC,
        collection=STATIC,
        architecture=architecture,
        chip=chip,
        formats=formats,
        deployment=Deployment(
            tensor=float(row["tp"]),
            data=data,
            expert=float(row["moe_ep"] or 1),
            **formats.sizes,
        ),
        concurrency=float(row["batch_per_replica"]) * data,
        prompt=float(row["isl"]),
        output=float(row["osl"]),
        ttft=float(row["ttft_ms"]) * MILLI,
        tpot=float(row["tpot_ms"]) * MILLI,
    )


def _model(path: str, catalogue: Catalogue) -> tuple[str, Architecture]:
    """Return whose shape a path's model has, and the shape."""
    words = path.rsplit("/", maxsplit=1)[-1].split("-")[:LONGEST_NAME]
    if not (name := known_by_first_words("model", words, catalogue)):
        raise ValueError(f"model '{path}' not in the catalogue")
    model = catalogue.model(name)
    if (architecture := shape_of(model)) is None:
        raise ValueError(f"the shape of {name} is not known")
    return model.shape_name, architecture


def _ways(row: Cells) -> tuple[float, float, float]:
    """Return tensor, data and expert ways.

    Some rows multiply the ways of experts into the tensor or data ways: equal expert-tensor and
    expert ways whose product is one of those mean that many chips once.
    """
    columns = ("tp_size", "attention_dp_size", "moe_tp_size", "moe_ep_size")
    tensor, data, expert_tensor, expert = (number(row, column) or 1.0 for column in columns)
    doubled = expert_tensor == expert > 1
    if doubled and tensor == expert**2:
        tensor = expert
    elif doubled and data == expert**2:
        data = expert
    elif not row.get("attention_dp_size"):
        data = max(expert_tensor * expert / tensor, 1.0)
    return tensor, data, min(expert, tensor * data)


def _precision_in(path: str) -> str:
    name = path.lower()
    return next((word for word in ("nvfp4", "fp8") if word in name), "bf16")


def _seconds(row: Cells, column: str) -> float | None:
    value = number(row, column)
    return None if value is None else value * MILLI
