"""Number formats of served models: what their products are computed in, and bytes of a number."""

from frontiercost.catalogue.precisions import GGUF_BITS, INTEGER_BITS
from frontiercost.catalogue.types import Chip
from frontiercost.core.frozen import frozen

BITS = 8  # of a byte
GGUF = "gguf"
FORMATS = {
    **dict.fromkeys(("bf16", "bfloat16", "fp16", "float16"), ("bf16", 2.0)),
    **dict.fromkeys(("fp8", "fp8_block", "fp8_static", "fp8_ootb", "sq"), ("fp8", 1.0)),
    **dict.fromkeys(("fp4", "nvfp4"), ("fp4", 0.56)),
    **dict.fromkeys(("w4a8_mxfp4_mxfp8", "w4afp8"), ("fp8", 0.53)),
    **dict.fromkeys(("w4a16_mxfp4", "mxfp4"), ("bf16", 0.53)),
    **{name: ("bf16", bits / BITS) for name, bits in (INTEGER_BITS | GGUF_BITS).items()},
    "int4_wo": ("bf16", INTEGER_BITS["int4"] / BITS),
    "int8_wo": ("bf16", INTEGER_BITS["int8"] / BITS),
}
"""What products of a format are computed in, and bytes of a number, block scales included."""


@frozen(kw_only=True)
class Formats:
    """What dense and expert products are computed in, and bytes of their numbers and the cache."""

    family: str
    expert_family: str
    weight_bytes: float
    expert_bytes: float
    cache_bytes: float
    head_bytes: float = 2.0
    """Of embeddings and the output head."""
    software: str = ""
    """What alone runs files of a format, where it is slower or faster than others: GGUF."""

    @property
    def sizes(self) -> dict[str, float]:
        """The bytes, as `Deployment` names them.  Source: definition."""
        return {
            "weight_bytes": self.weight_bytes,
            "expert_bytes": self.expert_bytes,
            "cache_bytes": self.cache_bytes,
            "head_bytes": self.head_bytes,
        }


def formats_on(chip: Chip, dense: str, experts: str, cache: str) -> Formats:
    """The formats of dense layers, experts and cache, as a chip computes them.

    Published FP4 mixtures keep attention in BF16: name it so. Embeddings are in BF16 but in files
    of GGUF, whose bits are of all tensors.  Source: model cards; llama.cpp.
    """
    family, weight_bytes = format_on(dense, chip)
    expert_family, expert_bytes = format_on(experts, chip)
    return Formats(
        family=family,
        expert_family=expert_family,
        weight_bytes=weight_bytes,
        expert_bytes=expert_bytes,
        cache_bytes=format_on(cache, chip)[1],
        head_bytes=weight_bytes if dense in GGUF_BITS else 2.0,
        software=GGUF if dense in GGUF_BITS else "",
    )


def format_on(name: str, chip: Chip) -> tuple[str, float]:
    """What products of a number format are computed in on a chip, and bytes of a number.

    A chip without units for a format holds its numbers as small and computes in BF16, as kernels of
    weights alone do. Raises ValueError for a format that is not known.
    Source: OCP microscaling formats (block scales included); Frantar et al. 2024 (MARLIN).
    """
    if name.lower() not in FORMATS:
        raise ValueError(f"number format '{name}' not known")
    family, size = FORMATS[name.lower()]
    return family if f"peak_{family}" in chip.facts else "bf16", size
