"""The sheet shows every figure and every reason, and runs nothing that somebody wrote."""

import re
from dataclasses import replace

import pytest

from finetune.errors import BadInput
from finetune.evaluation import sheet
from finetune.evaluation.figures import FIGURES
from finetune.evaluation.intervals import Sample
from finetune.evaluation.results import Answered, Results
from finetune.evaluation.scoring import Evidence
from finetune.examples import Message
from finetune.gate import Decision, Interval, Scores

EVIL = "<script>alert('x')</script>"
BASE = Scores(preference=0.5, grounded=0.5, refusals=0.6, general=0.5, variety=1.0, personal=0, comparisons=30)
AFTER = replace(BASE, preference=0.8, grounded=0.4, stereotype=0.7, memorisation=0.25, personal=2)
DECISION = Decision(
    False,
    ("it lost <much>", "and gained little"),
    replace(BASE, memorisation=0.05),
    replace(BASE, stereotype=0.6, memorisation=0.2),
    AFTER,
    {"candidate": {"grounded": Interval(0.3, 0.5)}, "change": {"grounded": Interval(-0.2, 0.01)}},
)


def answered(texts):
    return tuple(
        Answered((Message(role="user", content=f"question {number} {EVIL}"),), text, f"t{number}")
        for number, text in enumerate(texts)
    )


@pytest.fixture
def evidence():
    samples = {name: Sample.of([0.5, 0.5]) for name in ("preference", "grounded", "refusals", "general", "variety")}
    before = Results(samples, answered(["the same", "one two three four", f"red green {EVIL}", "a b"]))
    after = Results(samples, answered(["the same", "one two three five", "blue", "a c"]))
    return Evidence(before, before, after)


def row_of(page, name):
    (found,) = re.findall(rf"<tr><td>{re.escape(FIGURES[name].label)}</td>.*?</tr>", page)
    return found


def test_answers_that_changed_are_shown_those_that_changed_most_first(evidence):
    found = sheet.build("short", evidence, DECISION).answers
    assert [one.turn_id for one in found] == ["t2", "t3", "t1"]
    assert found[0].overlap == 0


def test_a_sheet_is_read_back_as_it_was_written(evidence, tmp_path):
    written = sheet.build("short", evidence, DECISION)
    sheet.write(tmp_path, written)
    assert sheet.read(tmp_path) == written
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sheet.html", "sheet.json"]


@pytest.mark.parametrize("text", [None, "{", '{"name": "a"}'])
def test_no_sheet_and_a_broken_one_are_said_to_be_so(tmp_path, text):
    if text:
        (tmp_path / "sheet.json").write_text(text)
    with pytest.raises(BadInput, match="sheet"):
        sheet.read(tmp_path)


def test_the_page_needs_nothing_from_elsewhere_and_escapes_what_was_written(evidence, tmp_path):
    sheet.write(tmp_path, sheet.build(EVIL, evidence, DECISION))
    page = (tmp_path / "sheet.html").read_text()
    assert "<script" not in page
    assert not re.search(r"https?://|src=|url\(|@import", page)
    assert "<li>it lost &lt;much&gt;</li><li>and gained little</li>" in page


def test_a_change_says_by_sign_and_word_which_way_it_goes_and_whether_it_may_be_chance(evidence, tmp_path):
    sheet.write(tmp_path, sheet.build("short", evidence, DECISION))
    page = (tmp_path / "sheet.html").read_text()
    assert '<td class="number good">▲ better +0.300' in row_of(page, "preference")
    assert '<td class="number bad">▼ worse -0.100<small>-0.200 to +0.010</small><small>may be chance' in row_of(
        page, "grounded"
    )
    assert "0.400<small>0.300 to 0.500</small>" in row_of(page, "grounded")
    assert "▼ worse +0.100" in row_of(page, "stereotype")
    assert "▼ worse +0.200" in row_of(page, "memorisation"), "what was memorised is set against the base"
    assert "▼ worse +2" in row_of(page, "personal")
    assert FIGURES["arithmetic"].label not in page
