from dataclasses import replace

import pytest
from pydantic import ValidationError

from assistant.errors import BadInput
from assistant.guardrails.policy import build
from assistant.guardrails.rails import Context, check
from assistant.guardrails.settings import RailSettings
from assistant.guardrails.streaming import Passed, Released, Stopped, guard
from assistant.guardrails.vocabulary import Vocabulary, fold
from assistant.guardrails.words import OwnWords, Words, compiled

INPUT, OUTPUT = Context("input"), Context("output")


def made(
    words=(), patterns=(), action="mask", severity="medium", sides=("input", "output"), name="projects", reason=""
):
    vocabulary = Vocabulary(dict.fromkeys(words, name))
    return Words(name, severity, action, sides, reason, vocabulary, [compiled(pattern) for pattern in patterns])


def rail(*lists):
    return OwnWords(lists)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Tell me of project falcon today", "project falcon"),
        ("PROJECT  Falcon!", "PROJECT  Falcon"),
        ("the project-falcon plan", "project-falcon"),
        ("Pröject Fal\u200bcon?", "Pröject Fal\u200bcon"),
        ("𝐏𝐫𝐨𝐣𝐞𝐜𝐭 𝐟𝐚𝐥𝐜𝐨𝐧", "𝐏𝐫𝐨𝐣𝐞𝐜𝐭 𝐟𝐚𝐥𝐜𝐨𝐧"),
        ("We use C++ here", "C++"),
        ("ﬁnal straße", "ﬁnal straße"),
        ("我们的机密项目是", "机密项目"),
    ],
)
def test_a_phrase_is_found_however_it_is_written_and_where_it_stands(text, found):
    verdict = rail(made(["Project Falcon", "c++", "final strasse", "机密项目"]))(text, INPUT)
    assert [text[span.start : span.end] for span in verdict.spans] == [found]
    assert verdict.text == text.replace(found, "[…]")


@pytest.mark.parametrize("text", ["The cataract", "a concatenation", "project, falcon", "C is a language", "cats", ""])
def test_only_whole_words_are_found(text):
    assert rail(made(["cat", "project falcon", "C++"]))(text, INPUT).action == "allow"


def test_of_phrases_that_begin_alike_the_longest_is_found():
    vocabulary = Vocabulary({"red": "colour", "red kite": "bird", "red kite square": "place"})
    found = [label for _, _, label in vocabulary.find(fold("Red kites, a red kite, Red Kite Square and red"))]
    assert found == ["colour", "bird", "place", "colour"]


def test_a_pattern_is_found_as_whole_words_in_any_case_and_through_disguise():
    one = rail(made(patterns=[r"prj-\d{3}"]))
    assert (
        one("See PRJ-123, prj-\u200b456, xprj-789 and prj-1234.", INPUT).text == "See […], […], xprj-789 and prj-1234."
    )


def test_a_pattern_that_runs_away_breaks_off_and_so_refuses():
    checked = check([rail(made(patterns=["(a+)+b"]))], "a" * 5000, INPUT)
    assert (checked.action, checked.rule) == ("refuse", "broken")
    assert checked.ms < 5000


@pytest.mark.parametrize("pattern", ["(unclosed", "[a-", "*", "a)(b", "(x" * 3000 + ")" * 3000])
def test_a_pattern_that_is_none_is_refused_by_name(pattern):
    with pytest.raises(ValidationError, match=r"words\.lists\.0\.patterns[\s\S]*no regular expression"):
        RailSettings(words={"lists": [{"name": "x", "patterns": [pattern]}]})


@pytest.mark.parametrize("pattern", ["a*", ".*", "", "|a"])
def test_a_pattern_that_asks_for_nothing_is_refused(pattern):
    with pytest.raises(ValidationError, match="where nothing is"):
        RailSettings(words={"lists": [{"name": "x", "patterns": [pattern]}]})


def test_a_pattern_that_would_take_long_to_compile_is_refused():
    with pytest.raises(ValueError, match="repeats too much"):
        compiled("((a{100}){100}){100}")


@pytest.mark.parametrize("word", ["", "  ", "--", " ".join("abcdefghijklm")])
def test_a_word_that_can_never_be_found_is_refused(word):
    with pytest.raises(ValidationError, match=r"words\.lists\.0\.words"):
        RailSettings(words={"lists": [{"name": "x", "words": [word]}]})


def test_the_strictest_list_decides_and_each_that_masks_does_so():
    secret = made(["falcon"], name="secret")
    banned = made(["rival"], name="banned", action="refuse", severity="high", reason="We do not talk about others.")
    verdict = rail(secret, banned)("Does the rival know of falcon?", INPUT)
    assert (verdict.action, verdict.rule, verdict.reason) == ("refuse", "banned", "We do not talk about others.")
    assert verdict.text == "Does the rival know of […]?"


def test_a_list_holds_on_its_own_sides_only():
    one = rail(made(["falcon"], sides=("output",)))
    assert one("falcon", INPUT).action == "allow"
    assert one("falcon", OUTPUT).action == "mask"


@pytest.mark.parametrize(
    ("given", "action"),
    [
        ({"severity": "low"}, "flag"),
        ({"severity": "medium"}, "mask"),
        ({"severity": "high"}, "refuse"),
        ({"severity": "low", "action": "refuse"}, "refuse"),
        ({}, "mask"),
    ],
)
def test_the_severity_says_what_is_done_unless_the_list_does(means, given, action):
    rails = build(RailSettings(words={"lists": [{"name": "x", "words": ["falcon"]} | given]}), means)
    [words] = [one for one in rails.input if one.name == "words"]
    assert words("where is falcon", INPUT).action == action
    assert [one.name for one in rails.output].count("words") == 1


def test_words_are_read_from_a_file_of_the_home_folder(means, tmp_path):
    (tmp_path / "words.txt").write_text("# birds\n\nProject Falcon\nowl\n", encoding="utf-8-sig")
    rails = build(RailSettings(words={"lists": [{"name": "x", "file": "words.txt"}]}), replace(means, home=tmp_path))
    [words] = [one for one in rails.input if one.name == "words"]
    assert words("the project falcon, an OWL and birds", INPUT).text == "the […], an […] and birds"


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00bad\xd8", b"a b c d e f g h i j k l m n", b"--\n"])
def test_a_file_that_cannot_be_read_is_named(means, tmp_path, content):
    if content is not None:
        (tmp_path / "words.txt").write_bytes(content)
    with pytest.raises(BadInput, match="'birds'"):
        build(RailSettings(words={"lists": [{"name": "birds", "file": "words.txt"}]}), replace(means, home=tmp_path))


def test_a_word_is_masked_in_an_answer_that_is_still_written():
    pieces = [
        "We",
        "plan",
        "to",
        "start",
        "project",
        "falcon",
        "in",
        "May",
        ",",
        "and",
        "nobody",
        "else",
        "knows",
        "of",
        "it",
        "yet",
        ",",
        "so",
        "keep",
        "quiet",
        ".",
    ]
    events = list(guard([rail(made(["project falcon"]))], (f"{piece} " for piece in pieces), OUTPUT))
    shown = "".join(event.text for event in events if isinstance(event, Released))
    assert isinstance(events[-1], Passed)
    assert "falcon" not in shown
    assert "start […] in May" in shown


def test_an_answer_with_a_word_that_refuses_is_stopped():
    events = list(
        guard(
            [rail(made(["falcon"], action="refuse"))], (f"{w} " for w in ["so", "the", "falcon", "flies", "."]), OUTPUT
        )
    )
    assert isinstance(events[-1], Stopped)
    assert not any(isinstance(event, Released) and "falcon" in event.text for event in events)


def test_a_long_list_is_found_by_a_look_into_a_table():
    vocabulary = Vocabulary({f"word{number} more": "x" for number in range(20_000)})
    assert len(list(vocabulary.find(fold("word7 more " * 500)))) == 500
    assert list(vocabulary.find(fold("other words " * 1000))) == []


@pytest.mark.parametrize(
    "text",
    ["\ud800", "\x00" * 100, "̈" * 500, "👩‍👩‍👧" * 50, "ﷺ" * 200, "İ" * 99, "\u3164 falcon", "a" * 100_000, "᾿Ὀ falcon"],
)
def test_no_text_breaks_it_and_places_are_within_the_text(text):
    verdict = rail(made(["falcon", "i"], patterns=["f.lcon"]))(text, INPUT)
    assert all(0 <= span.start < span.end <= len(text) for span in verdict.spans)
    assert ("falcon" in text) == (verdict.action == "mask") or text.startswith("İ")
