"""The number format that a model's weights are published in."""

from collections.abc import Mapping
from typing import Any

from frontiercost.scenario.model_config.keys import Keys

NAMED = {"mxfp4": "fp4", "nvfp4": "fp4", "fp4": "fp4", "fp8": "fp8"}
"""Methods and algorithms of quantisation that name a format."""
INTEGERS = {4: "int4_wo", 8: "int8_wo"}
"""Of weights alone: products are computed in 16 bits."""
FLOATS = {4: "fp4", 8: "fp8"}
BYTES = (("fp4", 0.75), ("fp8", 1.3))
"""Formats by the most bytes of a parameter, block scales and wider layers included."""
BITS = ("bits", "num_bits", "w_bit")


def weights_format(keys: Keys, stored: float | None = None) -> str:
    """Return the format of the weights; none where they are in 16 bits or it is not said.

    `stored` is how many bytes of files there are for a parameter, which tells a format that
    quantised files do not name.
    """
    block = keys.value("quantization_config")
    experts = str(keys.value("expert_dtype") or "").lower()
    if experts in NAMED:
        return NAMED[experts]
    if not isinstance(block, Mapping):
        return ""
    return _of_block(block) or _of_bytes(stored)


def _of_bytes(stored: float | None) -> str:
    return next((name for name, most in BYTES if stored and stored <= most), "")


def _of_block(block: Mapping[str, Any]) -> str:
    methods = {str(block.get(key, "")).lower() for key in ("quant_method", "quant_algo", "fmt")}
    for name in sorted(methods & NAMED.keys()):
        return NAMED[name]
    weights = _compressed(block)
    bits = next((w[key] for w in (block, weights) for key in BITS if type(w.get(key)) is int), 0)
    bits = bits or (8 if block.get("load_in_8bit") else 4 if block.get("load_in_4bit") else 0)
    return (FLOATS if weights.get("type") == "float" else INTEGERS).get(bits, "")


def _compressed(block: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what compressed tensors say of weights, of the first group of layers."""
    groups = block.get("config_groups")
    first: Any = next(iter(groups.values()), {}) if isinstance(groups, Mapping) else {}
    weights = first.get("weights") if isinstance(first, Mapping) else None
    return weights if isinstance(weights, Mapping) else {}
