import pytest

from frontiercost.core.errors import InputError
from frontiercost.scenario.readers import chips_in
from frontiercost.scenario.saving import to_toml
from frontiercost.scenario.scenario import build


def write(tmp_path, text):
    file = tmp_path / "scenario.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_flag_wins_over_set_over_the_file_and_each_value_knows_who_set_it(tmp_path):
    file = write(tmp_path, 'model = "gpt-4"\ntokens = "1T"\nchips = "8"\n')
    scenario = build({"chips": "32"}, file, ["tokens=2T"])
    assert scenario.fact("tokens").value == 2e12
    assert scenario.fact("chips").value == 32
    assert scenario.values["model"].set_by == "file"
    assert scenario.values["model"].origin.endswith("scenario.toml:1 model")
    assert scenario.origin("chips") == "chips"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('tokenz = "1T"', "scenario.toml:1 tokenz: unknown key; did you mean 'tokens'"),
        ('\ntokens = "-1T"', "scenario.toml:2 tokens '-1T': must be at least 1 token"),
        ("tokens = 70B", 'a number with a suffix needs quotes: tokens = "15T"'),
        ('basis = "lease"', "basis 'lease': choose from: amortised, buy, own, rent"),
        ('mfu = "110%"', "mfu '110%': must be at most 100%"),
        ("as_built = 3", "as_built '3': must be true or false"),
        ('date = "soon"', "date 'soon': is not a date"),
        ('own_chips = "many"', "write a count and a chip"),
        ("draws = -4", "draws '-4': must be a whole number"),
        ("[model]\nname = 1", "model: must be a single value"),
    ],
)
def test_a_wrong_file_names_line_key_rule_and_remedy(tmp_path, text, says):
    with pytest.raises(InputError) as raised:
        build({}, write(tmp_path, text))
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_file_and_a_malformed_set_are_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        build({}, tmp_path / "none.toml")
    with pytest.raises(InputError, match="write it as key=value"):
        build({}, None, ["tokens"])


def test_a_saved_scenario_is_the_same_scenario(tmp_path):
    flags = {"model": "gpt-4", "tokens": "1T..2T", "actor": ["ai2", "openai"], "as_built": True}
    scenario = build(flags, None, ["assumptions.pue=1.1..1.2"])
    again = build({}, write(tmp_path, to_toml(scenario)))
    assert {key: one.text for key, one in again.values.items()} == {
        key: one.text for key, one in scenario.values.items()
    }
    assert again.assumptions["pue"].text == "1.1..1.2"


def test_own_chips_are_a_count_and_a_chip():
    assert chips_in("300 h100") == (300, "h100")
    assert chips_in("16k H100 SXM") == (16_000, "H100 SXM")
