"""Measured speeds of one user of llama.cpp on a device at home, or on several alike."""

from collections.abc import Mapping, Sequence

from frontiercost.catalogue.store import Catalogue
from frontiercost.catalogue.types import Chip
from frontiercost.core.frozen import frozen
from frontiercost.physics.forward_pass import Deployment
from frontiercost.physics.local_serving import local_machine, prompt_seconds, step_seconds
from frontiercost.physics.model_shape import Architecture, shape_of
from frontiercost.physics.number_formats import GGUF, formats_on
from frontiercost.stages.published.case_reading import read_cases
from frontiercost.stages.published.case_shapes import known_by_first_words
from frontiercost.stages.published.cells import Cells, needed, number

QUANTITIES = {"decode_rate": "token/s", "prefill_rate": "token/s"}
DENSE_OF = {"mxfp4": "q8_0"}
"""What layers beside the experts are in, where files keep them wider."""
DEFAULTS = {"devices": 1.0, "prompt_tokens": 512.0, "output_tokens": 128.0, "context_depth": 0.0}
"""Of columns that a table leaves out: llama-bench's own."""


@frozen(kw_only=True)
class LocalCase:
    """One measured speed of one user on a device, or on several alike."""

    id: str
    chip: Chip
    architecture: Architecture
    deployment: Deployment
    prompt: float
    depth: float
    output: float
    decode_rate: float | None
    prefill_rate: float | None

    def rate(self, quantity: str) -> float | None:
        """Return what was measured [token/s]."""
        return self.decode_rate if quantity == "decode_rate" else self.prefill_rate

    def predicted(self, quantity: str, rates: Mapping[str, float]) -> float:
        """Return what `inference` would predict with these rates [token/s]."""
        machine = local_machine(self.chip, rates)
        arch, deployment = self.architecture, self.deployment
        if quantity == "decode_rate":
            context = self.depth + self.output / 2
            return float(1 / step_seconds(arch, 1.0, context, deployment, machine))
        read = self.depth + self.prompt
        return float(self.prompt / prompt_seconds(arch, read, self.depth, deployment, machine))


def local_cases(
    rows: Sequence[Cells], catalogue: Catalogue
) -> tuple[list[LocalCase], dict[str, str]]:
    """Turn rows into cases; also return why each other row was left out, by its id."""
    return read_cases(rows, lambda row: local_case(row, catalogue))


def local_case(row: Cells, catalogue: Catalogue) -> LocalCase:
    """Turn one row into a case; raise ValueError that says why when it cannot be used."""
    if (number(row, "concurrency") or 1.0) != 1:
        raise ValueError("several users at once")
    device = catalogue.chip(_known("chip", row["device"], catalogue))
    model = catalogue.model(_known("model", row["model"], catalogue))
    architecture = shape_of(model)
    if architecture is None:
        raise ValueError(f"the shape of {model.name} is not known")
    name = row["quantization"].strip().lower().replace("bf16", "f16")
    formats = formats_on(device, DENSE_OF.get(name, name), name, "bf16")
    if formats.software != GGUF:
        raise ValueError(f"'{row['quantization']}' is no format of llama.cpp's files")
    lengths = {key: number(row, key) or otherwise for key, otherwise in DEFAULTS.items()}
    decode, prefill = number(row, "decode_tok_s"), number(row, "prefill_tok_s")
    if decode is None and prefill is None:
        needed(row, "decode_tok_s")
    return LocalCase(
        id=row["id"],
        chip=device,
        architecture=architecture,
        deployment=Deployment(tensor=1.0, pipeline=lengths["devices"], **formats.sizes),
        prompt=lengths["prompt_tokens"],
        depth=lengths["context_depth"],
        output=lengths["output_tokens"],
        decode_rate=decode,
        prefill_rate=prefill,
    )


def _known(kind: str, text: str, catalogue: Catalogue) -> str:
    """Return the catalogue's name for a text by its first words."""
    if name := known_by_first_words(kind, text.replace("(", " ").split(), catalogue):
        return name
    raise ValueError(f"{kind} '{text}' not in the catalogue")
