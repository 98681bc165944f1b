import pytest

from assistant.guardrails.encoder import Encoder
from assistant.guardrails.grounding import REMOVED, Grounding, Weights, support, without
from assistant.guardrails.rails import Context, check
from assistant.guardrails.streaming import Passed, Released, Stopped, guard
from assistant.turns import Support

LEAVE = "Employees have 30 days of leave a year. Leave that is not taken by 31 March of the next year lapses."
CANTEEN = "The canteen on the ground floor opens at 11:30 and closes at 14:00. On Fridays there is fish."
OUTPUT = Context("output", passages=(LEAVE, CANTEEN))
MOON = "The moon is made of green cheese."
DAYS = "Employees have 30 days of leave a year."


def pieces(text):
    """Words with the blanks behind them, as a model writes them."""
    return (word + " " for word in text.split(" "))


def released(events):
    return "".join(event.text for event in events if isinstance(event, Released))


# The score


def test_each_sentence_names_the_passage_that_supports_it(encoder):
    answer = "Employees have 30 days of leave each year [1]. The canteen opens at 11:30 [2]."
    found = support(answer, [LEAVE, CANTEEN], encoder)
    assert [one.marker for one in found] == [1, 2]
    assert all(one.score > 0.6 for one in found)
    assert [answer[one.start : one.end] for one in found] == [one.sentence for one in found]


def test_an_invented_sentence_scores_low(encoder):
    answer = "The company was founded by two sisters in a garage."
    assert support(answer, [LEAVE, CANTEEN], encoder)[0].score < 0.4


def test_a_sentence_in_other_words_is_supported(encoder):
    assert support("Each employee gets 30 days of leave every year.", [LEAVE], encoder)[0].score > 0.45


def test_a_sentence_that_denies_what_the_passage_says_scores_low(encoder):
    passage = "Bicycles may be parked in the cellar of the main building."
    says, denies = (
        support(f"Bicycles {may} be parked in the cellar of the main building.", [passage], encoder)[0].score
        for may in ("may", "may not")
    )
    assert denies < 0.45 < says


def test_a_number_that_stands_in_no_passage_counts_against_the_sentence_and_is_named(encoder):
    right, wrong = (support(f"Employees have {days} days of leave a year.", [LEAVE], encoder)[0] for days in (30, 45))
    assert wrong.score < 0.45 < right.score
    assert (right.missing, wrong.missing) == (None, "the number 45")


@pytest.mark.parametrize(
    ("answer", "missing"),
    [
        ("Leave that is not taken by 31 May of the next year lapses.", "the date 31 May"),
        ("Leave that is not taken by Peter Miller lapses by 31 March of the next year.", "the name Peter Miller"),
        ("The canteen on the ground floor opens at 11:45.", "the time 11:45"),
        ("45 days [1].", "the number 45"),
    ],
)
def test_a_date_a_time_or_a_name_that_stands_nowhere_puts_the_sentence_below_the_threshold(encoder, answer, missing):
    (one,) = support(answer, [LEAVE, CANTEEN], encoder)
    assert one.score < 0.45
    assert one.missing == missing


def test_a_number_may_be_spelt_in_words(encoder):
    passage = "Employees may work two days a week from home."
    assert support("Employees may work 2 days a week from home.", [passage], encoder)[0].score > 0.8


def test_an_answer_may_repeat_the_numbers_and_names_of_the_question(encoder):
    answer = "In 2031 Jane Roe has 30 days of leave a year."
    asked = "How many days of leave has Jane Roe in 2031?"
    assert support(answer, [LEAVE], encoder)[0].missing == "the number 2031, the name Jane Roe"
    assert support(answer, [LEAVE], encoder, asked)[0].missing is None


@pytest.mark.parametrize("answer", ["30 days [1].", "31 March.", "At 11:30 [2]."])
def test_a_short_answer_that_stands_in_a_passage_is_supported(encoder, answer):
    assert support(answer, [LEAVE, CANTEEN], encoder)[0].score > 0.6


def test_without_passages_nothing_is_supported(encoder):
    found = support("The canteen opens at noon on Mondays.", [], encoder)
    assert [(one.marker, one.score) for one in found] == [(None, 0.0)]


@pytest.mark.parametrize(
    "answer", ["Hello!", "Shall I look for more about the canteen?", "The documents do not mention it."]
)
def test_sentences_that_claim_nothing_are_left_out(encoder, answer):
    assert support(answer, [LEAVE], encoder) == []


def test_what_stands_in_a_passage_word_for_word_costs_no_embedding():
    def embed(texts):
        raise AssertionError(texts)

    assert support(f"{DAYS} On Fridays there is fish.", [LEAVE, CANTEEN], embed)[0].score > 0.8


def test_a_growing_answer_has_each_sentence_embedded_once(embed):
    asked = []
    encoder = Encoder(lambda texts: asked.append(texts) or embed(texts))
    answer = "Each employee gets 30 days of leave. The canteen opens at 11:30 daily. Fish is there on Fridays."
    list(guard([Grounding(encoder, 0.45, "remove")], pieces(answer), OUTPUT))
    texts = [text for some in asked for text in some]
    assert len(texts) == len(set(texts))


def test_weights_come_back_from_their_file_as_they_were(tmp_path):
    kept = Weights({"held": 3.25}, -4.5)
    kept.save(tmp_path / "weights.json")
    assert Weights.load(tmp_path / "weights.json") == kept


# Marking


def test_an_answer_with_an_unsupported_sentence_is_flagged_not_refused(encoder):
    answer = f"{DAYS} {MOON}"
    verdict = Grounding(encoder, 0.45)(answer, Context("output", passages=(LEAVE,)))
    assert (verdict.action, verdict.text) == ("flag", answer)
    assert [answer[span.start : span.end] for span in verdict.spans] == [MOON]


def test_the_reason_names_what_stands_in_no_passage(encoder):
    verdict = Grounding(encoder, 0.45)("Employees have 45 days of leave a year.", OUTPUT)
    assert "the number 45" in verdict.reason


def test_an_answer_without_passages_is_none_of_its_business(encoder):
    for action in ("mark", "remove", "withhold"):
        assert Grounding(encoder, 0.45, action)(MOON, Context("output")).action == "allow"


# Withholding


def test_an_answer_with_an_unsupported_sentence_is_withheld(encoder):
    rail = Grounding(encoder, 0.45, "withhold")
    verdict = rail(f"{DAYS} Bob Brown has 99.", OUTPUT)
    assert (verdict.action, verdict.text) == ("refuse", "")
    assert "1 of the 2 sentences" in verdict.reason
    assert rail(DAYS, OUTPUT).action == "allow"


# Removing


def test_unsupported_sentences_are_taken_out_with_a_word_to_the_reader(encoder):
    verdict = Grounding(encoder, 0.45, "remove")(f"{DAYS} {MOON} On Fridays there is fish [2].", OUTPUT)
    assert verdict.text == f"{DAYS} On Fridays there is fish [2]."
    assert (verdict.action, verdict.rule) == ("flag", REMOVED)
    assert "1 sentence" in verdict.reason


def test_an_answer_of_which_nothing_is_left_is_refused(encoder):
    verdict = Grounding(encoder, 0.45, "remove")(f"Here is what I found: {MOON}", OUTPUT)
    assert (verdict.action, verdict.text) == ("refuse", "")


def test_an_unsupported_sentence_never_leaves_the_guard_and_the_others_stream(encoder):
    answer = f"{DAYS} {MOON} The canteen on the ground floor opens at 11:30. {MOON} On Fridays there is fish."
    seen = []
    events = list(guard([Grounding(encoder, 0.45, "remove")], pieces(answer), OUTPUT))
    for event in events:
        seen.append(event.text if isinstance(event, Released) else "")
        assert "moon" not in "".join(seen)
    kept = f"{DAYS} The canteen on the ground floor opens at 11:30. On Fridays there is fish."
    assert released(events).strip() == kept
    assert sum(isinstance(event, Released) for event in events) > 1
    assert isinstance(events[-1], Passed)


@pytest.mark.parametrize("cut", [1, 2, 3, 7])
def test_however_the_answer_is_cut_the_same_is_released(encoder, cut):
    answer = f"- {DAYS} [1]\n- {MOON} [1]\n- Dr. J. K. Moon eats cheese. [2]\n\n{MOON} On Fridays there is fish. [2]"
    stream = (answer[at : at + cut] for at in range(0, len(answer), cut))
    events = list(guard([Grounding(encoder, 0.45, "remove")], stream, OUTPUT))
    assert isinstance(events[-1], Passed)
    assert released(events) == f"- {DAYS} [1]\n\nOn Fridays there is fish. [2]"


def test_an_answer_of_which_nothing_is_left_is_withdrawn_from_the_stream(encoder):
    events = list(guard([Grounding(encoder, 0.45, "remove")], pieces(f"Sure! {MOON} {MOON}"), OUTPUT))
    assert isinstance(events[-1], Stopped)
    assert "moon" not in released(events)


def test_a_rail_that_cannot_judge_lets_nothing_through():
    def broken(texts):
        raise RuntimeError

    for action in ("mark", "remove", "withhold"):
        checked = check([Grounding(broken, 0.45, action)], "Fish is served each Friday, they say.", OUTPUT)
        assert (checked.action, checked.text) == ("refuse", "")


@pytest.mark.parametrize(
    ("text", "gone", "left"),
    [
        ("One. Two. Three.", "Two.", "One. Three."),
        ("One. Two.", "Two.", "One. "),
        ("- One.\n- Two.\n- Three.", "- Two.", "- One.\n- Three."),
        ("One.\n\nTwo.\n\nThree.", "Two.", "One.\n\n\nThree."),
    ],
)
def test_a_sentence_that_is_taken_out_leaves_no_gap(text, gone, left):
    start = text.index(gone)
    assert without(text, [Support(gone, start, start + len(gone), None, 0.0)]) == left


def test_any_text_is_judged(encoder):
    for text in (
        "",
        "\ud800 lone",
        "9" * 5000,
        "A." * 3000,
        "[1]" * 999,
        "(" * 999,
        "ß" * 999 + " 12,5 %",
        "\x00\n\t 7",
    ):
        support(text, [text, LEAVE], encoder, text)


def test_a_long_answer_is_read_by_its_end_where_sentences_are_removed(embed):
    text = " ".join(f"Annual leave of house {n} is {n} days and is booked on the intranet." for n in range(120))
    seen = []

    class Reads(Grounding):
        def __call__(self, text, context):
            seen.append(len(text))
            return super().__call__(text, context)

    rail = Reads(Encoder(embed), 0.0, "remove")
    events = guard([rail], pieces(text), Context("output", passages=(text,)))
    assert released(events).strip() == text
    assert sorted(seen)[-2] < len(text) / 2
