"""What every test of hostile input shares: how many cases, nasty texts, and what counts as calm."""

import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("FUZZ_CASES", "40"))
CALM = settings(
    max_examples=EXAMPLES,
    suppress_health_check=list(HealthCheck),
    deadline=None,
    derandomize="FUZZ_CASES" not in os.environ,  # a long run tries others each time
)


def listed(text):
    """Return the texts of a list, one to a `|`."""
    return [word.strip() for word in text.split("|")]


NASTY = [
    *("", " ", "9" * 400, "\x1b[31mx", "[red]x[/red]", "\0"),
    *listed("0 | -1 | 1e999 | nan | inf | 1.. | ..2 | 3..1 | 1..2..3 | 1e-300 | % | $ | $5M"),
    *listed("=1+1 | <script> | ::error::x | ../.. | x=1 | true | no | 2019 | 2026-11 | 2026-13-40"),
    *listed("1T | 7B | 15T token | 80 GB | 2..4 | 35% | 1M/day | 50 | 1 s | 90 days | $2/h"),
    *listed("500 h100 | llama-2-7b | h100-sxm | tpu-v4 | ai2 | princeton,ai2 | nonprofit | gpt-5"),
    *listed("rent | buy | own | spot | fp8 | hyperscaler | common-crawl:1T | sft.examples=0"),
    *listed("chat | scratch | reddit=$60M/year | 2024..2026 | budget=$5M | /dev/null | json | svg"),
]
values = st.one_of(st.sampled_from(NASTY), st.text(max_size=12))


def is_calm(found):
    assert found.code in (0, 2, 3, 4), found.err
    assert "internal error" not in found.err
    assert "Traceback" not in found.err
    if found.code == 2:
        assert found.err.strip()
