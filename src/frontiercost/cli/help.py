"""Help in groups, from the table of flags: one screen of what people use, or everything."""

import re
from collections.abc import Iterable, Iterator
from textwrap import TextWrapper, shorten

from frontiercost.cli.choices import closed_list
from frontiercost.cli.welcome import EXIT_CODES
from frontiercost.core.frozen import frozen
from frontiercost.scenario.flag import Flag

WIDTH, INDENT = 80, 2
WIDEST_NAME = 30
"""Columns of a name beside its help; a longer one stands on a line of its own."""
LEAST_ROOM = 16
"""Columns below which a flag with many values has no further word."""
GROUP = 10
"""Columns of the name of a group."""
GROUPS = {
    "What": ("Model", "Requests", "Recipe", "Data", "Check", "Backtest", "Catalogue", "Init"),
    "With what": ("Machine", "Plan", "Sites"),
    "Money": ("Price", "Levers"),
    "Who": ("Whom", "Verdict"),
    "Answer": ("Ladder", "Views", "Scenario", "Output"),
}
"""What the panels of the table are about, in the order that a question is thought of."""
PAID = ("basis", "programme", "date", "budget", "actor", "solve")
TOLD = ("more", "explain", "quiet", "output")
EVERYDAY = {
    "dataprep": ("model", "tokens", "source", "licence", *PAID, *TOLD),
    "pretrain": ("model", "params", "tokens", "as_built", "chip", "chips", *PAID, *TOLD),
    "posttrain": ("model", "recipe", "phase", "chip", "chips", *PAID, *TOLD),
    "inference": ("model", "requests", "context", "chip", "chips", "by", *PAID, *TOLD),
    "compare": ("models", "rung", "grant", "all", "people", "history", *PAID, *TOLD),
}
"""The flags of the one screen that -h is; of a command with few flags, all."""
BREAK = re.compile(r"[.;] | \[default")
"""Where the help of a flag has said what it is."""
KINDS = {
    "integer": "N",
    "date": "MONTH",
    "money": "SUM",
    "chips": "'N CHIP'",
    "file": "PATH",
    "path": "PATH",
    "demand": "N",
}
UNITS = {"USD": "SUM", "%": "SHARE", "day": "TIME", "x": "N"}


def wrap(text: str, width: int = WIDTH) -> list[str]:
    """Return lines that end at words; names with hyphens are one."""
    return TextWrapper(width, break_on_hyphens=False).wrap(text)


@frozen
class Help:
    """What the help of a command says."""

    command: str
    doc: str
    flags: tuple[Flag, ...]

    @property
    def question(self) -> str:
        """What it answers."""
        return self.doc.strip().partition("\n")[0]

    @property
    def paragraphs(self) -> list[str]:
        """What else its docstring says: text to wrap, and blocks to print as they stand."""
        return self.doc.strip().split("\n\n")[1:]


def one_screen(help: Help) -> str:
    """Return the help that fits a screen: the flags that people use, in groups."""
    first = help.paragraphs[-1] if help.paragraphs else ""
    examples = [f"  {line.strip()}" for line in first.splitlines()[1:3] if "frontier" in line]
    lines = [_usage(help), *wrap(help.question, WIDTH), *examples, ""]
    everyday = EVERYDAY.get(help.command)
    shown = [flag for flag in help.flags if everyday is None or flag.name in everyday]
    names = [len(name_of(flag)) for flag in shown]
    width = max((name for name in names if name <= WIDEST_NAME), default=0) + 2
    for group, panels in GROUPS.items():
        flags = [flag for flag in shown if flag.panel in panels]
        for flag in flags:
            head = f"{group if flag is flags[0] else '':<{GROUP}}{name_of(flag):<{width}}"
            head += "  " if len(name_of(flag)) > width else ""
            said = BREAK.split(flag.help)[0].rstrip(".")
            lines.append((head + _in_brief(said, WIDTH - len(head))).rstrip())
    return "\n".join([*lines, f"All flags: frontiercost {help.command} --help"]) + "\n"


def everything(help: Help) -> str:
    """Return the whole help: examples, every flag by panel, and the exit codes."""
    lines = [_usage(help), "", *wrap(help.question, WIDTH)]
    for paragraph in help.paragraphs:
        lines += ["", *_paragraph(paragraph)]
    for panel in dict.fromkeys(p for panels in GROUPS.values() for p in panels):
        flags = [flag for flag in help.flags if flag.panel == panel]
        if flags:
            lines += ["", f"{panel}:", *_rows((name_of(flag), _help_of(flag)) for flag in flags)]
    lines += ["", "Help:", *_rows([("-h", "One screen of what people use."), ("--help", "This.")])]
    return "\n".join([*lines, "", EXIT_CODES]) + "\n"


def _in_brief(text: str, room: int) -> str:
    """Return what has room of a text; nothing where that would say nothing."""
    return shorten(text, room, placeholder=" …") if room >= LEAST_ROOM else ""


def name_of(flag: Flag) -> str:
    """Return how a flag is written, with the values of a closed list."""
    if flag.argument:
        return flag.spelling
    names = ", ".join(flag.spellings) or flag.spelling
    value = _value_of(flag)
    return f"{names} {value}" if value else names


def _help_of(flag: Flag) -> str:
    """Return what is said of a flag, of an argument with the values of a closed list."""
    values = closed_list(flag) if flag.argument else ()
    return f"{flag.help} One of: {', '.join(values)}." if values else flag.help


def _value_of(flag: Flag) -> str:
    reader = flag.reader
    if reader.kind == "switch" or flag.counts:
        return ""
    if choices := closed_list(flag):
        return "|".join(choices)
    if reader.kind == "quantity":
        return UNITS.get(reader.unit.partition("/")[0], "N")
    return KINDS.get(reader.kind, "TEXT")


def _usage(help: Help) -> str:
    arguments = [flag for flag in help.flags if flag.argument]
    names = " ".join(_argument(flag) for flag in arguments)
    return f"Usage: frontiercost {help.command} [FLAGS] {names}".rstrip()


def _argument(flag: Flag) -> str:
    name = f"{flag.spelling}…" if flag.repeats else flag.spelling
    return name if flag.name == "file" else f"[{name}]"


def _paragraph(text: str) -> list[str]:
    lines = text.splitlines()
    if lines[0].strip() == "\b":
        return [f"  {line.strip()}" for line in lines[1:]]
    return wrap(" ".join(text.split()), WIDTH)


def _rows(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield names and their help in two columns; a name too long for one stands by itself."""
    known = list(rows)
    widths = [len(name) for name, _ in known if len(name) <= WIDEST_NAME]
    column = INDENT + max(widths, default=0) + 2
    for name, text in known:
        head = f"{'':<{INDENT}}{name}"
        if len(head) > column - 2:
            broken = wrap(name.replace("|", "| "), WIDTH - 2 * INDENT)
            yield from (f"{'':<{INDENT}}{line.replace('| ', '|')}" for line in broken)
            head = ""
        for line in wrap(text, WIDTH - column):
            yield f"{head:<{column}}{line}"
            head = ""
