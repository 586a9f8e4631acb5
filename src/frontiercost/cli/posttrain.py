"""`frontiercost posttrain`: what does it cost to make a base model useful?"""

from typing import TYPE_CHECKING

from frontiercost.cli.session import answer

if TYPE_CHECKING:
    from frontiercost.cli.flags import FlagValues


def posttrain(values: "FlagValues") -> None:
    """What do SFT, preferences, RL, distillation, synthetic data and labels on an open base cost?

    The base's own pre-training is free to whoever takes its weights.

    \b
    frontiercost posttrain llama-3.1-70b --recipe chat --actor ai2
    frontiercost posttrain deepseek-v3 --recipe chat --phase sft.examples=50k
    frontiercost posttrain --params 7B --recipe domain-sft --phase sft.examples=2k
    """
    answer("posttrain", values)
