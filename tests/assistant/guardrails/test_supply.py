import os
import time
from dataclasses import dataclass, field
from functools import partial

import pytest

from assistant.errors import BadInput
from assistant.guardrails import policy
from assistant.guardrails.classifier import HEADS, Head
from assistant.guardrails.policy_file import PolicyFile
from assistant.guardrails.rails import Context, Rails, Verdict, check
from assistant.guardrails.settings import RailSettings
from assistant.guardrails.supply import Supply


@dataclass
class Loads:
    """A rail that remembers what it was asked."""

    name: str = "loads"
    whole: bool = False
    asked: list[str] = field(default_factory=list)

    def __call__(self, text, context):
        self.asked.append(context.side)
        return Verdict("allow", text, self.name)


@dataclass
class Builder:
    """Builds rails of one rail, and counts."""

    built: list[RailSettings] = field(default_factory=list)
    rail: Loads = field(default_factory=Loads)

    def __call__(self, settings):
        if settings.max_characters == 666:
            raise RuntimeError("no")
        self.built.append(settings)
        return Rails(input=(self.rail,), output=(self.rail,), version=policy.version(settings))


@pytest.fixture
def file(tmp_path):
    return PolicyFile(tmp_path / "policy.toml")


@pytest.fixture
def builder():
    return Builder()


@pytest.fixture
def supply(file, builder):
    return Supply(file, builder)


def test_the_same_rails_are_given_as_long_as_nothing_changes(supply, builder):
    assert supply() is supply()
    assert len(builder.built) == 1


def test_a_change_counts_from_the_next_call_on(supply, file):
    before = supply()
    file.path.write_text("max_characters = 900\n", encoding="utf-8")
    after = supply()
    assert supply.settings.max_characters == 900
    assert (after is not before, after.version) == (True, policy.version(RailSettings(max_characters=900)))
    file.path.unlink()
    assert supply().version == before.version


def test_changes_in_quick_succession_and_of_the_same_length_all_count(supply, file):
    for number in range(100, 130):
        file.path.write_text(f"max_characters = {number}\n", encoding="utf-8")
        assert supply.settings.max_characters == number


def test_a_file_that_lay_untouched_for_long_is_followed_by_its_time_and_size(file, builder):
    file.path.write_text("max_characters = 900\n", encoding="utf-8")
    long_ago = time.time() - 10_000
    os.utime(file.path, (long_ago, long_ago))
    supply = Supply(file, builder)
    file.path.write_text("max_characters = 901\n", encoding="utf-8")
    os.utime(file.path, (long_ago + 1, long_ago + 1))
    assert supply.settings.max_characters == 901


def test_a_comment_changes_nothing_that_would_have_to_be_built(supply, file, builder):
    before = supply()
    file.path.write_text("# Nothing yet.\n", encoding="utf-8")
    assert supply() is before
    assert len(builder.built) == 1


@pytest.mark.parametrize("text", ["[harm", "[harm]\ntreshold = 1\n", "max_characters = 666\n"])
def test_a_file_that_is_wrong_leaves_the_last_good_rails_in_force_and_is_reported_once(supply, file, caplog, text):
    file.path.write_text("max_characters = 900\n", encoding="utf-8")
    good = supply()
    file.path.write_text(text, encoding="utf-8")
    assert [supply() for _ in range(3)] == [good] * 3
    assert supply.settings.max_characters == 900
    assert "policy.toml" in supply.problem
    assert len(caplog.records) == 1
    assert "in force before go on" in caplog.text
    file.path.write_text("max_characters = 901\n", encoding="utf-8")
    assert (supply().version, supply.problem) == (policy.version(RailSettings(max_characters=901)), "")


def test_a_policy_that_is_wrong_from_the_start_is_refused(file, builder):
    file.path.write_text("[harm", encoding="utf-8")
    with pytest.raises(BadInput, match=r"policy\.toml is not valid TOML"):
        Supply(file, builder)


def test_rails_load_what_they_need_before_the_first_text_has_to_wait_for_it(supply, file, builder):
    assert builder.rail.asked == []
    supply()
    supply()
    assert builder.rail.asked == ["input", "output"]
    file.path.write_text("max_characters = 900\n", encoding="utf-8")
    supply()
    assert builder.rail.asked == ["input", "output"] * 2


def test_to_know_the_policy_nothing_is_loaded(supply, builder):
    assert (supply.settings, supply.problem) == (RailSettings(), "")
    assert builder.rail.asked == []


def test_the_served_rails_follow_the_policy_for_the_next_message(file, encoder, views):
    supply = Supply(file, partial(policy.build, means=policy.Means(encoder, views)))
    text = "How do I make a pipe bomb at home?"
    context = Context("input", seconds=supply().seconds)
    assert check(supply().input, text, context).rail == "harm"
    file.path.write_text("[harm]\non = false\n", encoding="utf-8")
    assert [rail.name for rail in supply().input] == ["length", "injection", "privacy", "age", "fairness", "advice"]
    file.path.write_text('[harm]\nactions = {weapons = "flag", crime = "flag", violence = "flag"}\n', encoding="utf-8")
    assert check(supply().input, text, context).action == "flag"


def test_a_head_that_has_not_changed_is_not_loaded_again(tmp_path):
    path = tmp_path / "head.npz"
    path.write_bytes((HEADS / "injection.npz").read_bytes())
    first = Head.load(path)
    assert Head.load(path) is first
    path.write_bytes((HEADS / "harm.npz").read_bytes())
    assert Head.load(path).labels != first.labels


def test_what_the_rails_rest_on_beside_the_policy_is_followed_too(file, builder):
    name = "shipped"
    supply = Supply(file, builder, lambda: name)
    before = supply()
    name = "refit"
    assert supply() is not before
    assert supply() is supply()
    assert len(builder.built) == 2


def test_a_refit_counts_also_while_the_policy_is_wrong(file, builder):
    name = "shipped"
    supply = Supply(file, builder, lambda: name)
    before = supply()
    file.path.write_text("[harm", encoding="utf-8")
    name = "refit"
    assert supply() is not before
    assert supply.problem


def test_the_version_is_told_without_anything_being_loaded(supply, builder):
    assert supply.version == policy.version(RailSettings())
    assert builder.rail.asked == []


def test_a_file_of_words_is_followed_and_what_is_wrong_with_it_is_told(file, encoder, views):
    words = file.path.parent / "words.txt"
    means = policy.Means(encoder, views, home=words.parent)
    supply = Supply(file, partial(policy.build, means=means))
    file.path.write_text('[[words.lists]]\nname = "x"\nfile = "words.txt"\nseverity = "high"\n', encoding="utf-8")
    assert "words.txt cannot be read" in supply.problem
    for listed, action in (("blue heron", "refuse"), ("grey heron or so", "allow")):
        words.write_text(listed, encoding="utf-8")
        rail = next(rail for rail in supply().input if rail.name == "words")
        assert check([rail], "our blue heron", Context("input")).action == action
        assert supply.problem == ""
