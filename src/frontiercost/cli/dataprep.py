"""`frontiercost dataprep`: what does preparing the training data cost?"""

from typing import TYPE_CHECKING

from frontiercost.cli.session import answer

if TYPE_CHECKING:
    from frontiercost.cli.flags import FlagValues


def dataprep(values: "FlagValues") -> None:
    """What does preparing the training data cost, and where do unique tokens run out?

    \b
    frontiercost dataprep --tokens 15T
    frontiercost dataprep llama-3.1-405b --licence news=60M/year
    frontiercost dataprep --source common-crawl:12T --source own-platform:1T
    """
    answer("dataprep", values)
