import re
import tomllib
from typing import Literal

import pytest
from pydantic import BaseModel

from assistant.guardrails.keys import keys
from assistant.guardrails.policy_text import commented, edited, toml
from assistant.guardrails.settings import RailSettings

WRITTEN = commented(RailSettings())
BY_HAND = """\
# Our policy.
max_characters = 900   # agreed in May

[harm]  # see the wiki
threshold = 0.5 # strict
# Fraud is for the lawyers.
actions = { fraud = "flag" }

[privacy]
labels = [
    "EMAIL", # always
    "PHONE",
]
"""


def names(model, path=()):
    for key in keys(model):
        yield (*path, key.name)
        if key.table or key.tables:
            yield from names(key.table or key.tables, (*path, key.name))


def test_every_key_is_written_with_what_it_is_for():
    lines = WRITTEN.splitlines()
    for *_, name in names(RailSettings):
        assert any(re.match(rf"#?{name} =|#?\[+(?:[\w.-]+\.)?{name}[].]", line) for line in lines), name
    text = " ".join(line.lstrip("# ") for line in lines)
    for key in keys(RailSettings):
        assert key.about in text


def test_the_defaults_are_behind_number_signs_and_set_nothing():
    assert RailSettings.model_validate(tomllib.loads(WRITTEN)) == RailSettings()
    assert not any(tomllib.loads(WRITTEN).values())


def test_each_default_is_right_once_its_sign_is_taken_away():
    without_examples = re.sub(r"^#\[.*?(?=^\[|\Z)", "", WRITTEN, flags=re.M | re.S)
    found = tomllib.loads(re.sub(r"^#(?=\S.*=.)", "", without_examples, flags=re.M))
    assert RailSettings.model_validate(found) == RailSettings()
    assert found["harm"]["threshold"] == RailSettings().harm.threshold


@pytest.mark.parametrize(
    "values",
    [
        {"max_characters": 500, "audience": "child"},
        {"harm": {"on": False, "actions": {"self-harm": "flag", "fraud": "allow"}}},
        {"groups": {"the kids": {"users": ["ben", 'a "b" \\'], "audience": "child"}, "x.y": {"audience": "adult"}}},
        {"domain": {"description": "Bicycles:\n\"quick\" 'ones' \\ ü \x7f ☂", "examples": ["a", "# b", "[harm]"]}},
    ],
)
def test_a_policy_that_is_written_is_read_as_it_was(values):
    policy = RailSettings.model_validate(values)
    assert RailSettings.model_validate(tomllib.loads(commented(policy))) == policy


def test_an_example_of_a_group_is_right_once_its_signs_are_taken_away():
    example = re.sub(r"^#(?=\S)", "", WRITTEN[WRITTEN.index("#[groups.NAME]") :], flags=re.M)
    assert tomllib.loads(example)["groups"] == {"NAME": {"users": [], "audience": "child"}}


def test_what_is_not_the_default_is_written_beside_it():
    assert "\nmax_characters = 500  # by default 20000\n" in commented(RailSettings(max_characters=500))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("max_characters",), 500),
        (("audience",), "child"),
        (("harm", "on"), False),
        (("injection", "on"), False),
        (("harm", "actions"), {"fraud": "flag", "self-harm": "refuse"}),
        (("domain", "description"), 'Bicycles, "quick" ones\nand slow ones'),
        (("privacy", "labels"), ["EMAIL"]),
        (("groups",), {"kids": {"users": ["ben"], "audience": "child"}}),
    ],
)
@pytest.mark.parametrize("text", [WRITTEN, BY_HAND, "", WRITTEN.replace("\n", "\r\n"), "[harm]\n[injection]"])
def test_one_key_is_set_and_every_comment_stays_in_its_order(text, path, value):
    changed = edited(text, path, value)
    found = tomllib.loads(changed)
    for name in path:
        found = found[name]
    assert found == value
    before = [line for line in text.splitlines() if line.startswith("# ") or "  #" in line or " # " in line]
    after = [line for line in changed.splitlines() if line.startswith("# ") or "  #" in line or " # " in line]
    assert len(after) == len(before) - (path == ("privacy", "labels") and text == BY_HAND)
    assert [line.split("#")[1] for line in after] == [line.split("#")[1] for line in before][: len(after)]


def test_a_key_is_set_where_its_default_stood():
    changed = edited(WRITTEN, ("harm", "threshold"), 0.9).splitlines()
    assert changed.index("threshold = 0.9") == WRITTEN.splitlines().index(
        f"#threshold = {RailSettings().harm.threshold}"
    )


def test_a_key_that_is_set_keeps_the_words_beside_it():
    assert "threshold = 0.7 # strict\n" in edited(BY_HAND, ("harm", "threshold"), 0.7)


def test_what_stays_the_same_in_a_table_keeps_its_comments():
    text = "[harm.actions]\n# Ask Anna first.\nfraud = 'flag' # yes\ncrime = 'flag'\n"
    changed = edited(text, ("harm", "actions"), {"fraud": "flag", "cyber": "flag"})
    assert "# Ask Anna first.\nfraud = 'flag' # yes\n" in changed
    assert tomllib.loads(changed) == {"harm": {"actions": {"fraud": "flag", "cyber": "flag"}}}


@pytest.mark.parametrize(
    "text",
    [
        "harm = {threshold = 0.5}\n",
        "harm.threshold = 0.5\n",
        "[harm]\nactions.fraud = 'flag'\n",
        '[domain]\ndescription = """\n[harm]\n#on = true\n"""\n',
        '["harm"]\nthreshold = 0.5\n',
    ],
)
def test_a_file_may_be_written_as_toml_allows(text):
    wanted = tomllib.loads(text)
    wanted.setdefault("harm", {})["on"] = False
    assert tomllib.loads(edited(text, ("harm", "on"), False)) == wanted


@pytest.mark.parametrize("text", ["[harm", "harm = 3\n[harm]\n"])
def test_what_is_not_toml_is_not_edited(text):
    with pytest.raises(ValueError, match="at "):
        edited(text, ("harm", "on"), False)


def test_tables_within_tables_and_rows_of_tables_are_written_too():
    class Word(BaseModel):
        word: str
        """Itself."""
        severity: Literal["low", "high"] = "low"

    class Words(BaseModel):
        lists: tuple[Word, ...] = ()

    key = keys(Words)[0]
    assert (key.tables, key.named, key.default) == (Word, False, [])
    assert keys(Word)[1].allowed == "One of: low, high."


def test_values_are_written_in_one_line():
    value = {"a b": [1, 2.5, True, "x\ny", {"c": []}]}
    assert tomllib.loads(f"v = {toml(value)}") == {"v": value}
    assert "\n" not in toml(value)
