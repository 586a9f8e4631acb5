"""`frontiercost catalogue`: what is known, where each fact comes from, and what a file renews."""

from contextlib import nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from frontiercost.cli.flags import FlagValues
    from frontiercost.core.report import Report

IMPORT = "import"


def catalogue(values: "FlagValues") -> None:
    """Which chips, models, actors, prices and assumptions are known, each fact with its origin.

    \b
    frontiercost catalogue
    frontiercost catalogue actors
    frontiercost catalogue chips h100-sxm
    frontiercost catalogue import epoch notable-models.csv -o newer
    """
    from frontiercost.catalogue.store import at
    from frontiercost.cli.output import emit
    from frontiercost.reporting import catalogue as listing

    kind, name = values["kind"], values["name"]
    if kind == IMPORT and not values["config"]:
        _import(values)
        return
    known = at(values["catalogue"] or "")
    if values["config"]:
        report = _of_config(values)
    elif kind is None:
        report = listing.overview(known)
    elif name is None:
        report = listing.listing(known, kind)
    else:
        report = listing.entry(known, kind, name)
    values.refuse_unread(f"only `frontiercost catalogue {IMPORT}` reads it")
    emit(report, values)


def _import(values: "FlagValues") -> None:
    """Read a publisher's file, set it beside what is known, and fill a folder with what is new."""
    from frontiercost.cli.output import emit
    from frontiercost.core.written_files import in_turn

    output = values["output"]
    with in_turn(output) if output else nullcontext():
        report = _imported(values, output)
    emit(report, values, to_stdout=True)


def _imported(values: "FlagValues", output: "Path | None") -> "Report":
    from frontiercost.core.errors import InputError
    from frontiercost.reporting.upstream import of_import
    from frontiercost.upstream import folder
    from frontiercost.upstream.registry import MODULES, publisher, renewal

    name, file = values["name"], values["upstream"]
    if name is None or file is None:
        example = f"frontiercost catalogue {IMPORT} {next(iter(MODULES))} FILE -o FOLDER"
        raise InputError(f"{IMPORT}: name a publisher and its file: {example}")
    date = values.checked("date") and values["date"]
    source = publisher(name)
    known = folder.beneath(output, values["catalogue"] or "")
    reading = source.read(file, known, date or "")
    revise = source.table == "models" and bool(values["revise"])
    values.refuse_unread("only an import of models reads it")
    renewed = renewal(known, reading, source, revise=revise)
    file = folder.FILES[source.table]
    if output and renewed.rows:
        folder.add(output / file, renewed.rows, known.columns(file))
    every_row = values["format"] not in (None, "table")
    return of_import(known.edition, source, reading, renewed, output, file, every_row=every_row)


def _of_config(values: "FlagValues") -> "Report":
    """Show a model that a configuration file describes as one of the catalogue."""
    from frontiercost.core.errors import InputError
    from frontiercost.reporting import catalogue as listing
    from frontiercost.scenario.scenario import build
    from frontiercost.scenario.user_facts import catalogue_of

    kind, name = values["kind"], values["name"]
    if kind not in (None, "model", "models") or name:
        raise InputError(
            "--config: shows a model; write frontiercost catalogue models --config PATH"
        )
    scenario = build({"config": values["config"]}, command="compare")
    return listing.entry(catalogue_of(scenario), "models", scenario.text("model"))
