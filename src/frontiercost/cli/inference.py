"""`frontiercost inference`: what does serving a model cost?"""

from typing import TYPE_CHECKING

from frontiercost.cli.session import answer

if TYPE_CHECKING:
    from frontiercost.cli.flags import FlagValues


def inference(values: "FlagValues") -> None:
    """What does serving a model cost: per token, per request, per year; when is it repaid?

    \b
    frontiercost inference deepseek-v3 --requests 1M/day --actor ai2
    frontiercost inference llama-3.1-70b --reasoning-tokens 4k --by reasoning
    frontiercost inference llama-4-scout --context 1M --by context
    frontiercost inference kimi-k2 --break-even --development 100M --price 10/Mtok
    """
    answer("inference", values)
