"""The card says what is in a dataset, in figures."""

from finetune.formats.card import Spread, card, spread


def test_rows_answers_and_thumbs_are_counted(lines):
    turns = [{"role": role, "content": "one two"} for role in ("user", "assistant") * 2]
    figures = card(lines({"messages": turns}, {"messages": turns[:2]}, {"messages": turns[:1]}))
    assert (figures.rows, figures.problems, figures.conversations, figures.turns) == (2, 1, 2, 3)
    assert (figures.up, figures.down, figures.demonstrations, figures.duplicates) == (3, 0, 3, 1)
    assert figures.prompt_words == Spread(2, 6, 6)
    assert figures.as_json()["answer_words"] == {"p50": 2, "p95": 2, "max": 2}


def test_pairs_and_their_corrections_are_counted(lines):
    figures = card(lines({"prompt": "a", "chosen": "b", "rejected": "c"}))
    assert (figures.pairs, figures.corrections, figures.demonstrations) == (1, 1, 1)


def test_an_answer_both_wanted_and_unwanted_is_counted_once(lines):
    row = {"prompt": "a", "completion": "b"}
    figures = card(lines(row | {"label": True}, row | {"label": False}, row | {"label": False}))
    assert (figures.contradictory, figures.duplicates) == (1, 1)


def test_percentiles_are_of_the_figures_themselves():
    assert spread(range(1, 101)) == Spread(50, 95, 100)
    assert spread([]) == Spread(0, 0, 0)
