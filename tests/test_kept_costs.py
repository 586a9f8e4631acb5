"""The costs that are kept for the usual question are those that are worked out for it."""

import csv
import runpy
from pathlib import Path

import numpy as np
import pytest

from frontiercost.analysis.kept_costs import DRAWS, TABLE, kept_costs
from frontiercost.catalogue.store import SHIPPED, Catalogue, shipped
from frontiercost.cli.compare import LADDER_DRAWS
from frontiercost.scenario.scenario import build

ROOT = Path(__file__).parent.parent
RENEW = "python benchmarks/write_ladder_costs.py renews what is kept"


def test_what_is_kept_is_what_is_worked_out():
    script = runpy.run_path(str(ROOT / "benchmarks" / "write_ladder_costs.py"))
    table, draws = script["written"](script["usual_ladder"]())
    with (SHIPPED / TABLE).open(encoding="utf-8", newline="") as file:
        kept = list(csv.DictReader(file))
    assert [{key: str(value) for key, value in row.items()} for row in table] == kept, RENEW
    np.testing.assert_allclose(np.load(DRAWS), draws, rtol=1e-6, err_msg=RENEW)


@pytest.mark.parametrize(
    "asked",
    [(), ("--actor", "ai2"), ("--category", "startup"), ("--budget", "5M"), ("--rung", "lead")],
    ids=" ".join,
)
def test_the_usual_answer_is_the_same_where_it_is_worked_out(run, monkeypatch, asked):
    kept = run("compare", *asked).out
    monkeypatch.setattr("frontiercost.analysis.kept_costs.kept_costs", lambda *_: None)
    assert run("compare", *asked).out == kept


@pytest.mark.parametrize("asked", [{"seed": "1"}, {"date": "2026-10"}, {"chip": "h200"}])
def test_nothing_is_kept_for_another_question(asked):
    assert kept_costs(build({}, None, (), {"draws": LADDER_DRAWS}), shipped()) is not None
    assert kept_costs(build(asked, None, (), {"draws": LADDER_DRAWS}), shipped()) is None
    assert kept_costs(build({}, None, ("assumptions.pue=1.5",)), shipped()) is None
    assert kept_costs(build({}), Catalogue()) is None
