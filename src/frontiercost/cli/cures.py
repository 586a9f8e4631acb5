"""What to do about arguments that the framework cannot read: one remedy a mistake."""

import re
from collections.abc import Sequence
from shlex import quote

MEANT = {
    "pretrain": "train training cost estimate price run",
    "posttrain": "finetune fine-tune finetuning tune sft rl rlhf lora adapt distill",
    "inference": "serve serving infer deploy host api",
    "dataprep": "data dataset prepare",
    "compare": "ladder actors who afford history",
    "check": "gate ci test verify validate",
    "catalogue": "catalog list models chips prices sources facts",
    "examples": "example demo",
    "init": "new start template",
}
"""Words that people try as commands, by the command that answers them."""
NO_COMMAND = re.compile(r"No such command '(.*)'\.")
EXTRA = re.compile(r"Got unexpected extra arguments? ?(?:\(s\) )?\((.*)\)")


def cured(message: str, command: str, arguments: Sequence[str]) -> str:
    """Return the framework's message with what to do instead, where that can be told."""
    if unknown := NO_COMMAND.match(message):
        return f"no such command '{unknown[1]}'; {_command_hint(unknown[1])}"
    if extra := EXTRA.match(message):
        return _extra_words(extra[1], command, arguments)
    if message.casefold().startswith("missing argument 'file'") and command == "check":
        return "FILE is missing; to start from one: frontiercost init check -o budget.toml"
    return message


def _command_hint(word: str) -> str:
    """Return which command is meant: by another word for it, else by likeness."""
    from frontiercost.cli.app import COMMANDS
    from frontiercost.core.errors import nearest

    synonyms = {other: command for command, words in MEANT.items() for other in words.split()}
    meant = synonyms.get(word.lower().replace("_", "-"))
    return f"did you mean '{meant}'?" if meant else nearest(word, COMMANDS)


def _extra_words(words: str, command: str, arguments: Sequence[str]) -> str:
    """Return that words are too many, with the flag whose value of several words lacks quotes."""
    first = words.partition(" ")[0]
    place = arguments.index(first) if first in arguments else 0
    before = arguments[place - 2 : place] if place > 1 else []
    if len(before) > 1 and before[0].startswith("--") and not before[1].startswith("-"):
        value = quote(f"{before[1]} {words}")
        return (
            f"too many words: '{words}'; a value of several is one in quotes: {before[0]} {value}"
        )
    return f"too many words: '{words}'; all that {command} takes: frontiercost {command} -h"
