"""`frontiercost schema`: what does the JSON of every command hold?"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from frontiercost.cli.flags import FlagValues


def schema(values: "FlagValues") -> None:
    """The JSON Schema of what --format json prints, answers on stdout and errors on stderr.

    \b
    frontiercost schema
    frontiercost schema -o frontiercost.schema.json
    """
    from frontiercost.catalogue.store import SHIPPED
    from frontiercost.cli.output import write

    write((SHIPPED / "schema.json").read_text(encoding="utf-8"), values["output"])
