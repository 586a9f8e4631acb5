"""What is offered for a name that is not known: its family's nearest version, else a typo."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontiercost.catalogue.store import shipped
from frontiercost.core.errors import InputError, nearest
from frontiercost.core.similar_names import name_parts, nearest_of_family

CATALOGUE = shipped()


def test_a_name_is_words_a_version_and_a_size():
    assert name_parts("llama-3.1-8b") == (("llama",), 3.1, 8)
    assert name_parts("claude-3-5-sonnet") == (("claude", "sonnet"), 3.5, None)
    assert name_parts("mi355x-288gb") == (("mi", "x"), 355, 288)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("gpt-5.6", "gpt-5.6-"),
        ("gpt-7", "gpt-6"),
        ("claude-5", "claude-fable-5"),
        ("claude", "claude-haiku-5.5"),
        ("grok", "grok-4"),
        ("grok-9", "grok-4"),
        ("opus", "claude-opus-5.5"),
        ("sonnet 4.5", "claude-sonnet-4.5"),
        ("llama-5", "llama-4-"),
        ("llama-3.1-9b", "llama-3.1-8b"),
        ("o5", "o4-mini"),
        ("lama-3.1-8b", "llama-3.1-8b"),
    ],
)
def test_of_a_family_the_nearest_version_is_offered(name, meant):
    with pytest.raises(InputError, match=rf"did you mean '{meant}"):
        CATALOGUE.resolve("model", name)


@pytest.mark.parametrize(("name", "meant"), [("h300", "h200"), ("b400", "b300"), ("tpu", "tpu-v7")])
def test_of_chips_too(name, meant):
    with pytest.raises(InputError, match=rf"did you mean '{meant}'"):
        CATALOGUE.resolve("chip", name)


@pytest.mark.parametrize("name", ["nvidia", "africa", "scandinavia", "kinshasa", "malabar"])
def test_what_is_only_a_little_alike_is_not_offered(name):
    with pytest.raises(InputError, match=f"'{name}': no such actor .*choose from: aclu, ai2"):
        CATALOGUE.actor(name)


def test_of_a_category_its_members_are_named():
    with pytest.raises(InputError, match=r"'University': a category of actors; .* princeton"):
        CATALOGUE.actor("University")


@given(st.sampled_from(CATALOGUE.names("model")))
def test_a_name_is_nearest_to_one_of_its_own_family_and_version(name):
    found = nearest_of_family(name, CATALOGUE.names("model"))
    if not name_parts(name).words:
        assert found is None
    else:
        assert name_parts(found)[:2] == name_parts(name)[:2] or set(name_parts(name).words) < set(
            name_parts(found).words
        )


def test_where_nothing_is_near_a_few_choices_are_listed_without_aliases():
    hint = nearest("quark", ["proton", "neutron"], aliases=["barrel"])
    assert hint == "choose from: neutron, proton"
