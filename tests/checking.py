"""What tests of `check` write: scenarios and assumptions as TOML."""

import json

RUN = {
    "stage": "pretrain",
    "params": "1B",
    "tokens": "100B",
    "chip": "h100-sxm",
    "programme": "final-run",
    "draws": "64",
    "budget": "$1M",
}
TODAY = "2026-11-24"


def toml(table):
    return "".join(f"{key} = {json.dumps(value)}\n" for key, value in table.items())


def assumption(condition, id="a", **more):
    return "[[assumption]]\n" + toml({"id": id, "condition": condition, **more})


def checked(found):
    return json.loads(found.out)["check"]


def statuses(found):
    return {one["id"]: one["status"] for one in checked(found)["assumptions"]}


def scenario_of(found):
    return checked(found)["scenarios"][0]
