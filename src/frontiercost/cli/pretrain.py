"""`frontiercost pretrain`: what does the base model's training cost?"""

from typing import TYPE_CHECKING

from frontiercost.cli.session import answer

if TYPE_CHECKING:
    from frontiercost.cli.flags import FlagValues


def pretrain(values: "FlagValues") -> None:
    """What does the base model's training cost, and can this budget pay for it?

    \b
    frontiercost pretrain llama-3.1-405b --budget 100M
    frontiercost pretrain --params 7B --tokens 2T --actor princeton
    frontiercost pretrain gpt-4 --as-built --programme final-run --basis amortised
    """
    answer("pretrain", values)
