import threading
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import BadInput, ModelUnavailable
from assistant.events import Delta, Done, Found
from assistant.feedback import rated_answers
from assistant.guardrails.fairness import Fairness
from assistant.guardrails.grounding import Grounding
from assistant.guardrails.rails import Rails, Verdict
from assistant.guardrails.restoring import Originals
from assistant.prompts import ABSTENTION, CAREFULLY, CHAT, FOR_A_CHILD, LEFT_OUT_SOURCES, LEFT_OUT_TURNS
from assistant.retrieval import NO_DOCUMENTS, NOTHING_NEAR, TOO_LONG
from assistant.store.audit import Wanted
from assistant.turns import Rating, Sampling
from assistant.wishes import Wishes
from knowledge.errors import KnowledgeError
from tests.assistant.conftest import said, turn_of
from tests.assistant.doubles import Breaks, Forbids, Says, passage

CELLAR = "Bicycles are kept in the cellar. The code of its door is changed every 45 days."
LEAVE = "Annual leave is 25 days. It is booked on the intranet."
LONG = " ".join(f"Sentence number {n} says nothing new at all." for n in range(30))
OTHER = "GB82 WEST 1234 5698 7654 32"
PERSONAL = {"email": "jane.roe@corp-mail.com", "iban": "DE89 3704 0044 0532 0130 00", "card": "4111 1111 1111 1111"}


def stored_bytes(chat):
    """What the database's files hold, before and after they are folded into one."""
    folder = chat.engine.settings.database.parent
    before = b"".join(file.read_bytes() for file in folder.iterdir())
    chat.store.close()
    return before + b"".join(file.read_bytes() for file in folder.iterdir())


# The answer


def test_an_answer_comes_as_its_sources_then_text_then_the_stored_turn(chat):
    a = chat("The code is changed every 45 days [1]. Nobody knows why.", passages=[passage(1, CELLAR)])
    events = a.events("How often is the code changed?")
    assert isinstance(events[0], Found)
    assert [source.text for source in events[0].turn.sources] == [CELLAR]
    assert {type(event) for event in events[1:-1]} == {Delta}
    turn = turn_of(events)
    assert turn.answer == said(events).strip()
    assert turn == a.store.turn(turn.id)
    assert (turn.position, turn.model, turn.adapter, turn.stopped, turn.abstained) == (0, "spoken", None, False, False)
    assert turn.timings.tokens == 11
    assert 0 < turn.timings.first_token_ms <= turn.timings.total_ms


def test_a_citation_of_an_answer_quotes_the_document_to_the_character(chat):
    document = "Preface. " * 7 + CELLAR + " The end."
    cited = passage(1, CELLAR, start=document.index(CELLAR))
    turn = chat("The code of the door is changed every 45 days [1].", passages=[cited]).ask("The code?")
    (citation,) = turn.citations
    assert document[citation.start : citation.end] == citation.quote == "The code of its door is changed every 45 days."


def test_the_stored_prompt_is_what_the_model_saw_to_the_last_character(chat):
    a = chat(passages=[passage(1, CELLAR)])
    turn = a.ask("How often is the code changed?")
    assert list(a.store.turn(turn.id).prompt) == a.model.asked[0].messages
    assert CELLAR in turn.prompt[-1]["content"]


def test_the_sentences_that_support_is_given_for_stand_where_it_says(chat):
    a = chat("Leave is 25 days. Bicycles are kept in the cellar [7].", passages=[passage(1, LEAVE), passage(2, CELLAR)])
    turn = a.ask("Leave and bicycles?")
    assert len(turn.support) == 2
    assert all(turn.answer[one.start : one.end] == one.sentence for one in turn.support)


def test_a_model_that_cannot_answer_leaves_nothing_behind_and_the_next_question_is_answered(chat):
    a = chat(ModelUnavailable("out of memory"), "Better now.")
    with pytest.raises(ModelUnavailable):
        a.ask("Anything?")
    assert a.store.siblings(a.conversation) == []
    assert a.ask("Anything?").answer == "Better now."


def test_an_answer_to_a_conversation_deleted_meanwhile_is_told_in_one_line(chat):
    a = chat("One two three four five six seven eight nine ten eleven twelve thirteen.")
    events = a.engine.reply(a.conversation, "Count.")
    next(events)
    a.store.delete(a.conversation)
    with pytest.raises(BadInput, match="deleted"):
        list(events)


# Documents, or not


def test_where_no_passage_comes_near_the_documents_are_said_not_to_hold_it_without_asking_the_model(chat):
    a = chat(passages=[passage(1, CELLAR, similarity=0.17), passage(2, LEAVE, similarity=0.1)])
    turn = a.ask("Who won the cup in 1974?")
    assert (turn.answer, turn.abstained, turn.citations) == (ABSTENTION, True, ())
    assert a.model.asked == []


def test_where_nothing_comes_near_the_nearest_passages_are_kept_but_not_as_sources(chat):
    a = chat(passages=[passage(1, CELLAR, similarity=0.17), passage(2, LEAVE, similarity=0.1)])
    turn = a.ask("Who won the cup in 1974?")
    assert [one.text for one in turn.nearest] == [CELLAR, LEAVE]
    assert (turn.sources, turn.notice) == ((), NOTHING_NEAR)
    assert a.store.turn(turn.id) == turn


def test_one_passage_near_enough_is_reason_to_ask_the_model(chat):
    a = chat(passages=[passage(1, CELLAR, similarity=0.1), passage(2, LEAVE, similarity=0.18)])
    assert not a.ask("How many days of leave are there?").abstained
    assert len(a.model.asked) == 1


@pytest.mark.parametrize("similarity", [0.05, 0.9])
def test_small_talk_is_chatted_about_whatever_the_documents_hold(chat, similarity):
    a = chat("Good morning!", passages=[passage(1, CELLAR, similarity=similarity)])
    turn = a.ask("Good morning!")
    assert (turn.answer, turn.abstained, turn.sources) == ("Good morning!", False, ())
    assert a.model.asked[0].messages[0]["content"] == CHAT


def test_without_any_document_the_model_chats(chat):
    turn = chat("Paris.").ask("What is the capital of France?")
    assert (turn.answer, turn.abstained, turn.notice) == ("Paris.", False, NO_DOCUMENTS)


def test_the_documents_are_left_alone_where_that_is_wished(chat):
    a = chat(passages=[passage(1, CELLAR)])
    assert a.ask("Where are bicycles kept?", documents=False).sources == ()
    assert a.reader.asked == []


def test_the_search_keeps_to_the_collections_wished_for(chat):
    a = chat(passages=[passage(1, CELLAR)])
    a.ask("Where are bicycles kept?", collections=("cellar",))
    assert [asked["collections"] for asked in a.reader.asked] == [("cellar",)]


def test_an_answer_in_which_the_model_declines_counts_as_an_abstention_and_cites_nothing(chat):
    turn = chat(ABSTENTION.rstrip(".") + ", I fear [1].", passages=[passage(1, CELLAR)]).ask("What is the code?")
    assert (turn.answer, turn.abstained, turn.citations) == (ABSTENTION, True, ())


def test_a_named_collection_that_holds_nothing_is_not_answered_from_the_model_alone(chat):
    a = chat("Made up.")
    turn = a.ask("What is the code?", collections=("empty",))
    assert (turn.answer, turn.abstained, a.model.asked) == (ABSTENTION, True, [])


def test_a_question_is_searched_with_the_questions_before_it(chat):
    a = chat(passages=[passage(1, LEAVE)], history=0, reader={"standing": "How long is leave for part-timers?"})
    a.ask("How long is leave?")
    turn = a.ask("And for part-timers?")
    assert a.reader.asked[-1]["earlier"] == ["How long is leave?"]
    assert turn.searched == a.store.turn(turn.id).searched == "How long is leave for part-timers?"
    assert turn.prompt[-1]["content"].endswith("Question: And for part-timers?")


def test_a_question_that_was_searched_as_it_stands_says_nothing_of_it(chat):
    assert chat(passages=[passage(1, LEAVE)]).ask("How long is leave?").searched is None


# One document, read in whole


def chapters(*texts):
    return [passage(n, text, document="book", similarity=0.8 / n) for n, text in enumerate(texts, start=1)]


def test_a_document_that_fits_is_read_in_whole_and_in_its_order(chat):
    a = chat(passages=[passage(9, CELLAR), *chapters("One comes first.", "Two is next.", "Three ends it.")])
    turn = a.ask("What comes first?", document="book")
    assert [source.text for source in turn.sources] == ["One comes first.", "Two is next.", "Three ends it."]
    assert (turn.notice, a.reader.asked) == (None, [])


@pytest.mark.parametrize(("said", "read"), [("What is this about?", True), ("Thanks!", False)])
def test_where_a_document_is_chosen_a_question_is_about_it_but_small_talk_is_not(chat, said, read):
    a = chat(passages=chapters("One."))
    assert bool(a.ask(said, document="book").sources) is read
    assert a.ask(said).sources == ()


def test_in_a_document_that_is_too_long_the_nearest_passages_are_read_and_that_is_said(chat):
    book = chapters(words(40), words(41), words(500))
    turn = chat(passages=[passage(9, CELLAR), *book], context=400).ask("Which?", document="book")
    assert turn.notice.startswith(TOO_LONG)
    assert [source.passage_id for source in turn.sources] == ["p1", "p2"]


def test_a_book_is_not_counted_token_by_token_to_see_that_it_is_too_long(chat):
    a = chat(passages=chapters(words(20_000)), context=400)
    counted = []
    count = a.model.count
    a.model.count = lambda messages: counted.append(len(str(messages))) or count(messages)
    a.ask("Which?", document="book", user="ben")
    assert len(counted) == 1  # the prompt of the passage found


def test_a_book_of_more_passages_than_can_fit_is_not_even_read(chat):
    a = chat(passages=chapters(*["One."] * 200), context=400)
    assert a.ask("Which?", document="book").notice.startswith(TOO_LONG)
    assert a.reader.read == []


def test_a_document_that_does_not_come_near_is_not_answered_from(chat):
    a = chat(passages=chapters(words(500)), context=400, reader={"near": 0.9})
    assert a.ask("Which?", document="book").notice == NOTHING_NEAR


def test_a_document_that_may_not_be_read_is_as_one_that_is_not_there(chat):
    a = chat(passages=chapters("One."), reader={"closed": {"book"}})
    said = []
    for name in ("book", "no such"):
        with pytest.raises(KnowledgeError) as told:
            a.ask("What comes first?", document=name, user="ben")
        said.append(str(told.value).replace(name, "…"))
    assert said[0] == said[1]
    assert a.ask("What comes first?", document="book").sources != ()


# Who asks


def test_nothing_is_found_for_a_user_that_the_user_may_not_read(chat):
    a = chat(passages=[passage(1, CELLAR), passage(2, LEAVE)], reader={"closed": {"d1"}})
    assert [s.document_id for s in a.ask("Where?", user="ben").sources] == ["d2"]
    assert a.reader.asked[-1]["user"] == "ben"
    assert [s.document_id for s in a.ask("Where?").sources] == ["d1", "d2"]


@pytest.mark.parametrize("lost", ["gone", "closed"])
def test_an_answer_out_of_a_document_that_is_lost_to_the_user_is_not_told_to_the_model_again(chat, lost):
    a = chat("In the cellar.", "Fine.", passages=[passage(1, CELLAR)])
    a.ask("Where are bicycles kept?", user="ben")
    getattr(a.reader, lost).add("d1")
    a.reader.passages_.append(passage(2, LEAVE))
    turn = a.ask("And where are cars kept?", user="ben")
    assert "cellar" not in str(turn.prompt)
    assert a.reader.asked[-1]["earlier"] == ["Where are bicycles kept?"]


@pytest.mark.parametrize("lost", ["gone", "closed"])
def test_an_answer_that_only_retold_a_lost_document_is_not_told_to_the_model_again_either(chat, lost):
    a = chat("In the cellar.", "The cellar it is.", "Fine.", passages=[passage(1, CELLAR)])
    first = a.ask("Where are bicycles kept?", user="ben")
    a.ask("Say that in other words.", user="ben", documents=False)
    a.again(first)
    getattr(a.reader, lost).add("d1")
    turn = a.ask("What did you say?", user="ben", documents=False)
    assert "cellar" not in str(turn.prompt)


# Rails


@pytest.mark.parametrize("datum", PERSONAL.values(), ids=PERSONAL)
def test_personal_data_reaches_the_database_neither_from_questions_nor_from_answers_nor_from_ratings(
    chat, masking, datum
):
    a = chat(f"Write to {datum} now.", input_rails=[masking], output_rails=[masking])
    memory = Originals()
    turn = a.ask(f"Please remember {datum} for me", originals=memory)
    a.again(turn)
    a.engine.rate(turn.id, Rating("down", ("wrong",), f"that is {datum}", f"Use {datum} instead."))
    assert "_3>" in a.store.turn(turn.id).rating.correction
    a.engine.rate(turn.id, Rating("down", ("wrong",), f"that is {datum}", f"Use {datum} instead."), memory)
    kept = a.store.turn(turn.id)
    kept_bytes = stored_bytes(a)
    assert "_1>" in kept.question
    assert "_1>" in kept.rating.correction
    assert b"Please remember" in kept_bytes
    assert b"instead." in kept_bytes
    for part in (datum, datum.replace(" ", ""), datum.split("@")[0]):
        assert part.encode() not in kept_bytes


def test_personal_data_in_a_refused_question_is_masked_all_the_same(chat, masking):
    a = chat(input_rails=[Forbids("bomb"), masking])
    turn = a.ask("a bomb for jane.roe@corp-mail.com")
    assert turn.refusal is not None
    assert turn.question == "a bomb for <EMAIL_1>"
    assert b"jane.roe" not in stored_bytes(a)


def test_the_model_never_sees_personal_data(chat, masking):
    a = chat(input_rails=[masking])
    a.ask("I am jane.roe@corp-mail.com, hello")
    assert a.model.asked[0].messages[-1]["content"] == "I am <EMAIL_1>, hello"


def test_who_asks_sees_their_own_data_and_nobody_else_does(chat, masking):
    a = chat("I will write to <EMAIL_1> and to <EMAIL_2>, as you wish, today or tomorrow.", input_rails=[masking])
    events = a.events("My address is jane.roe@corp-mail.com")
    done = events[-1]
    assert (
        said(events)
        == done.shown.answer
        == ("I will write to jane.roe@corp-mail.com and to <EMAIL_2>, as you wish, today or tomorrow.")
    )
    assert events[0].shown.question == done.shown.question == "My address is jane.roe@corp-mail.com"
    assert (done.turn.question, done.turn.answer[:25]) == ("My address is <EMAIL_1>", "I will write to <EMAIL_1>")
    assert b"jane.roe" not in stored_bytes(a)


def test_an_answer_given_anew_holds_the_askers_data_as_long_as_they_are_there(chat, masking):
    a = chat("To <EMAIL_1>.", input_rails=[masking])
    memory = Originals()
    turn = a.ask("I am jane.roe@corp-mail.com", originals=memory)
    again = list(a.engine.regenerate(turn.id, Wishes(originals=memory)))[-1]
    assert (again.shown.question, again.shown.answer) == ("I am jane.roe@corp-mail.com", "To jane.roe@corp-mail.com.")
    later = list(a.engine.regenerate(turn.id))[-1]
    assert later.shown == later.turn


def test_the_asker_sees_the_question_as_it_was_written_whatever_the_model_sees(chat):
    a, memory = chat("Yes.", input_rails=[Fairness()]), Originals()
    question = "My colleague Jane did her job well. Should she get a raise?"
    done = list(a.engine.reply(a.conversation, question, Wishes(originals=memory)))[-1]
    assert "she" not in done.turn.question.split()
    again = list(a.engine.regenerate(done.turn.id, Wishes(originals=memory)))[-1]
    assert done.shown.question == again.shown.question == question
    assert again.turn.question == done.turn.question


def test_the_same_datum_is_called_the_same_through_a_conversation_and_another_one_otherwise(chat, masking):
    a, memory = chat("Yes.", input_rails=[masking]), Originals()
    a.ask("I am jane.roe@corp-mail.com", originals=memory)
    second = a.ask("Not ben@corp-mail.com but jane.roe@corp-mail.com", originals=memory)
    assert second.question == "Not <EMAIL_2> but <EMAIL_1>"
    stranger = a.ask("I am eve@corp-mail.com")
    assert stranger.question == "I am <EMAIL_3>"


def test_a_placeholder_that_somebody_typed_means_nothing_else(chat, masking):
    a, memory = chat("<EMAIL_1>, <EMAIL_2>", input_rails=[masking]), Originals()
    done = list(a.engine.reply(a.conversation, "a@corp-mail.com <EMAIL_1>", Wishes(originals=memory)))[-1]
    assert done.turn.question == "<EMAIL_2> <EMAIL_1>"
    assert done.shown.question == "a@corp-mail.com <EMAIL_1>"
    assert done.shown.answer == "<EMAIL_1>, a@corp-mail.com"


def test_what_the_output_rails_masked_is_not_put_back(chat, masking):
    cellar = passage(1, "The card is 4111 1111 1111 1111.")
    a = chat("The card is 4111 1111 1111 1111 [1].", input_rails=[masking], output_rails=[masking], passages=[cellar])
    events = a.events("Which card, jane.roe@corp-mail.com asks?")
    assert events[-1].shown.answer == "The card is <CARD_1> [1]."


def test_what_the_asker_has_given_is_called_the_same_where_a_passage_holds_it_too(chat, masking):
    found = passage(1, "The card is 4111 1111 1111 1111.")
    a = chat("The card is 4111 1111 1111 1111 [1].", input_rails=[masking], output_rails=[masking], passages=[found])
    done = a.events("Is it 4111 1111 1111 1111?")[-1]
    assert done.turn.answer == "The card is <CARD_1> [1]."
    assert done.shown.answer == "The card is 4111 1111 1111 1111 [1]."


def test_a_refused_answer_leaves_nothing_held_back_to_be_shown(chat, masking):
    a = chat("Per bomb", input_rails=[masking], output_rails=[Forbids("bomb")])
    memory = Originals()
    memory.remember(a.conversation, 0, [("Person A", "John")])
    events = a.events("Who?", originals=memory)
    assert [type(event) for event in events] == [Found, Done]


def test_ratings_use_the_placeholders_of_their_turn_and_the_dataset_stays_masked(chat, masking):
    a, memory = chat("To <EMAIL_1>.", input_rails=[masking]), Originals()
    turn = a.ask("I am jane.roe@corp-mail.com", originals=memory)
    correction = "Write to jane.roe@corp-mail.com, copy to ben@corp-mail.com."
    rated = a.engine.rate(turn.id, Rating("down", (), "ask ben@corp-mail.com", correction), memory)
    assert rated.rating.comment == "ask <EMAIL_2>"
    assert rated.rating.correction == "Write to <EMAIL_1>, copy to <EMAIL_2>."
    assert memory.shown(rated).rating.correction == correction
    (row,) = rated_answers(a.store)
    assert "corp-mail" not in str(row)
    assert row.correction == rated.rating.correction


def test_a_comment_that_cannot_be_checked_is_not_kept(chat):
    a = chat()
    turn = a.ask("Hello?")
    broken = Breaks(name="privacy")
    engine = replace(a.engine, rails=lambda: Rails((broken,)))
    with pytest.raises(BadInput):
        engine.rate(turn.id, Rating("up", comment="call me"))
    assert a.store.turn(turn.id).rating is None


def test_a_comment_of_blanks_is_none(chat):
    a = chat()
    turn = a.engine.rate(a.ask("Hello?").id, Rating("up", comment="  \n", correction=""))
    assert turn.rating == Rating("up")


def test_a_refused_question_reaches_neither_search_nor_model_and_names_its_rule(chat):
    a = chat(passages=[passage(1, CELLAR)], input_rails=[Forbids("bomb")])
    events = a.events("How do I build a bomb?")
    assert [type(event) for event in events] == [Done]
    refusal = turn_of(events).refusal
    assert (refusal.rail, refusal.rule, refusal.side) == ("forbids", "the word", "input")
    assert refusal.reason == "That word is not allowed."
    assert (a.reader.asked, a.model.asked) == ([], [])


def test_where_a_rail_asks_for_care_the_model_is_told_so_and_the_reader_who_can_help(chat):
    a = chat("Rest helps. Ask a doctor.", passages=[], input_rails=[Says("care")])
    turn = a.ask("Should I take it twice?")
    assert CAREFULLY in a.model.asked[0].messages[0]["content"]
    assert (turn.answer, turn.refusal) == ("Rest helps. Ask a doctor.", None)
    assert turn.notice.endswith("because")
    assert ("care", "says") in [(verdict["action"], verdict["rail"]) for verdict in turn.verdicts]


def test_an_answer_that_needs_care_says_once_who_can_help(chat):
    a = chat("Rest helps.", passages=[], input_rails=[Says("care")], output_rails=[Says("care")])
    turn = a.ask("Should I take it twice?")
    assert turn.notice.count("because") == 1


def test_without_a_rail_that_asks_for_care_the_instructions_stay_as_they_are(chat):
    a = chat("Rest helps.", passages=[], input_rails=[Says("flag")])
    a.ask("Should I take it twice?")
    assert CAREFULLY not in a.model.asked[0].messages[0]["content"]


def no_encoder(texts):
    raise AssertionError("what stands in a passage word for word, or shares no word with any, is not embedded")


def test_unsupported_sentences_are_left_out_with_a_notice_and_citations_stand_right(chat):
    text = "Quarks spin quickly everywhere [1]. Annual leave is 25 days [2]. Quarks spin quickly everywhere."
    a = chat(
        text,
        passages=[passage(1, CELLAR), passage(2, LEAVE)],
        output_rails=[Grounding(no_encoder, 0.45, "remove")],
    )
    events = a.events("How much leave is there?")
    turn = turn_of(events)
    assert "Quarks" not in said(events)
    assert turn.answer == "Annual leave is 25 days [2]."
    assert [(c.marker, c.quote) for c in turn.citations] == [(2, "Annual leave is 25 days.")]
    assert [one.sentence for one in turn.support] == [turn.answer]
    assert "2 sentences were left out" in turn.notice
    assert a.store.turn(turn.id) == turn


def test_where_nothing_of_an_answer_is_supported_it_is_refused(chat):
    rail = Grounding(no_encoder, 0.45, "remove")
    turn = chat("Quarks spin quickly everywhere.", passages=[passage(1, CELLAR)], output_rails=[rail]).ask("Spin?")
    assert (turn.answer, turn.refusal.rail, turn.refusal.side) == ("", "grounding", "output")


def test_a_withheld_answer_is_never_shown_in_part(chat):
    text = "Annual leave is 25 days [1]. Quarks spin quickly everywhere."
    rail = Grounding(no_encoder, 0.45, "withhold")
    a = chat(text, passages=[passage(1, LEAVE)], output_rails=[rail], rails={"holds": True})
    events = a.events("How much leave is there?")
    assert said(events) == ""
    assert turn_of(events).refusal.rule == "unsupported"


def test_an_answer_may_name_the_title_of_its_source(chat):
    rail = Grounding(lambda texts: np.ones((len(texts), 1)), 0.45)
    found = [passage(1, "It is 25 days.", heading="Annual Leave")]
    a = chat("As told under Annual Leave, it is 25 days.", passages=found, output_rails=[rail])
    assert [v for v in a.ask("How much is it?").verdicts if v["rail"] == "grounding"] == []


def test_a_refusal_is_kept_as_a_turn_but_never_exported(chat):
    a = chat(input_rails=[Forbids("bomb")])
    refused, answered = a.ask("A bomb?"), a.ask("A cake?")
    for turn in (refused, answered):
        a.engine.rate(turn.id, Rating("up", correction="No."))
    assert [turn.id for turn, _ in a.store.siblings(a.conversation)] == [refused.id, answered.id]
    assert [row.turn_id for row in rated_answers(a.store)] == [answered.id]


@pytest.mark.parametrize("whole", [False, True])
def test_text_that_a_rail_refuses_is_never_shown(chat, whole):
    text = "This is fine so far, and it goes on for a while. The secret is out now. And so on."
    a = chat(text, output_rails=[Forbids("secret", whole=whole)])
    events = a.events("Tell me.")
    assert "secret" not in said(events)
    turn = turn_of(events)
    assert (turn.answer, turn.refusal.side, turn.refusal.rail) == ("", "output", "forbids")
    assert b"secret is out" not in stored_bytes(a)


def test_a_refused_answer_ends_the_models_work(chat):
    a = chat("a secret. " + "word " * 500, output_rails=[Forbids("secret")])
    turn = a.ask("Tell me.")
    assert a.model.asked[0].closed
    assert turn.timings.tokens < 100


@dataclass
class Shown:
    """A rail that keeps the longest text it was asked about."""

    longest: str = ""
    name: str = "shown"
    whole: bool = False

    def __call__(self, text, context):
        self.longest = max(self.longest, text, key=len)
        return Verdict("allow", text, self.name)


def test_every_character_that_is_shown_was_checked_before(chat):
    rail = Shown()
    a = chat(LONG, output_rails=[rail])
    shown = ""
    for event in a.engine.reply(a.conversation, "Tell me."):
        if isinstance(event, Delta):
            shown += event.text
            assert rail.longest.startswith(shown)
    assert shown == LONG


def test_a_broken_rail_of_the_input_refuses_and_nothing_of_the_question_is_kept(chat):
    a = chat(input_rails=[Breaks()])
    turn = a.ask("My secret question")
    assert (turn.refusal.rail, turn.refusal.rule, turn.question) == ("breaks", "broken", "")
    assert b"secret question" not in stored_bytes(a)


def test_a_broken_rail_of_the_output_shows_nothing(chat):
    events = chat(LONG, output_rails=[Breaks()]).events("Tell me.")
    assert said(events) == ""
    assert (turn_of(events).refusal.rule, turn_of(events).answer) == ("broken", "")


def test_what_a_rail_flagged_is_kept_without_the_text(chat):
    @dataclass
    class Flags:
        name: str = "flags"
        whole: bool = True

        def __call__(self, text, context):
            return Verdict("flag", text, self.name, "doubtful", 0.71234, "Doubtful.")

    turn = chat("Perhaps it is so.", output_rails=[Flags()]).ask("Is it?")
    assert turn.verdicts == (
        {"rail": "flags", "rule": "doubtful", "action": "flag", "score": 0.7123, "side": "output"},
    )
    assert turn.answer == "Perhaps it is so."


def test_personal_data_in_an_answer_is_masked_before_it_is_shown(chat, masking):
    text = "You can always write to the address jane.roe@corp-mail.com which is read each day. Or come by."
    events = chat(text, output_rails=[masking]).events("How do I reach her?")
    assert "jane" not in said(events)
    assert said(events) == turn_of(events).answer == text.replace("jane.roe@corp-mail.com", "<EMAIL_1>")


# Stopping


def test_a_stopped_answer_is_kept_as_far_as_it_was_written(chat):
    a, stop = chat(LONG), threading.Event()
    shown = ""
    for event in a.engine.reply(a.conversation, "Tell me.", Wishes(stop=stop)):
        if isinstance(event, Delta):
            shown += event.text
            stop.set()
        elif isinstance(event, Done):
            turn = event.turn
    assert turn.stopped
    assert turn.answer == shown.strip() != ""
    assert LONG.startswith(turn.answer)
    assert turn.timings.tokens < 40
    assert a.store.turn(turn.id) == turn


def test_an_answer_whose_reader_goes_away_is_kept_as_far_as_it_was_shown(chat):
    a = chat(LONG)
    events = a.engine.reply(a.conversation, "Tell me.")
    shown = ""
    while len(shown) < 50:
        event = next(events)
        shown += event.text if isinstance(event, Delta) else ""
    events.close()
    ((turn, _),) = a.store.siblings(a.conversation)
    assert (turn.answer, turn.stopped) == (shown.strip(), True)
    assert a.model.asked[0].closed


def test_an_answer_that_ends_by_itself_is_not_called_stopped(chat):
    assert not chat(LONG).ask("Tell me.").stopped


# Siblings and history


def test_regenerating_keeps_the_earlier_answer_as_a_sibling_to_switch_to(chat):
    a = chat("The first.", "The second.")
    first = a.ask("Which?")
    second = a.again(first)
    ((shown, ids),) = a.store.siblings(a.conversation)
    assert (shown.answer, ids) == ("The second.", [first.id, second.id])
    a.store.show(first.id)
    ((shown, ids),) = a.store.siblings(a.conversation)
    assert (shown.answer, ids) == ("The first.", [first.id, second.id])


def test_regenerating_varies_the_answer_and_says_how(chat):
    a = chat(variety=0.7)
    first = a.ask("Which?")
    again = [a.again(first) for _ in range(3)]
    assert first.sampling.temperature == 0
    assert {turn.sampling.temperature for turn in again} == {0.7}
    assert len({turn.sampling.seed for turn in again}) == 3
    assert [asked.sampling for asked in a.model.asked[1:]] == [turn.sampling for turn in again]


def test_the_sampling_wished_for_is_the_models_and_is_kept(chat):
    a, sampling = chat(), Sampling(temperature=0.3, seed=7, max_new_tokens=9, stop=("END",))
    assert a.ask("Which?", sampling=sampling).sampling == a.model.asked[0].sampling == sampling


def test_regenerating_an_earlier_turn_shows_the_model_only_what_was_said_before_it(chat):
    a = chat("One.", "Two.", "Three.")
    a.ask("First?")
    second = a.ask("Second?")
    a.ask("Third?")
    a.again(second)
    assert [m["content"] for m in a.model.asked[-1].messages[1:]] == ["First?", "One.", "Second?"]


def test_the_model_sees_only_the_siblings_that_are_shown(chat):
    a = chat("One.", "Another.", "Two.", "Three.")
    first = a.ask("First?")
    a.again(first)
    a.ask("Second?")
    a.store.show(first.id)
    a.ask("Third?")
    assert [m["content"] for m in a.model.asked[2].messages[1:]] == ["First?", "Another.", "Second?"]
    assert [m["content"] for m in a.model.asked[3].messages[1:]] == ["First?", "One.", "Second?", "Two.", "Third?"]


def test_refusals_are_no_part_of_the_history(chat):
    a = chat("Fine.", input_rails=[Forbids("bomb")], output_rails=[Forbids("secret")])
    a.ask("A bomb?")
    a.ask("A cake?")
    a.ask("And now?")
    assert [m["content"] for m in a.model.asked[-1].messages[1:]] == ["A cake?", "Fine.", "And now?"]


@pytest.mark.parametrize(("kept", "expected"), [(0, []), (1, ["C?"]), (2, ["B?", "C?"])])
def test_the_history_is_as_long_as_the_settings_say(chat, kept, expected):
    a = chat(history=kept)
    for question in ("A?", "B?", "C?", "D?"):
        a.ask(question)
    asked = [m["content"] for m in a.model.asked[-1].messages if m["role"] == "user"]
    assert asked == [*expected, "D?"]


def test_another_conversations_turns_are_no_part_of_the_history(chat):
    a = chat()
    a.ask("First?")
    a.conversation = a.store.add_conversation().id
    a.ask("Second?")
    assert len(a.model.asked[-1].messages) == 2


# A prompt that is too long


def words(count):
    return " ".join(["word"] * count)


def test_a_prompt_that_is_too_long_loses_its_oldest_turns_first_and_says_so(chat):
    a = chat(words(80), words(80), "Fine.", context=400, max_new_tokens=100, passages=[passage(1, words(100))])
    a.ask("First?")
    a.ask("Second?")
    turn = a.ask("Third?")
    asked = [m["content"] for m in turn.prompt if m["role"] == "user"]
    assert asked[0] == "Second?"
    assert len(asked) == 2
    assert len(turn.sources) == 1
    assert turn.notice == LEFT_OUT_TURNS
    assert a.model.count(turn.prompt) <= 300


def test_a_prompt_that_is_still_too_long_loses_its_weakest_passages_and_says_so(chat):
    found = [passage(n, words(80)) for n in (1, 2, 3, 4)]
    a = chat(context=400, max_new_tokens=100, passages=found)
    a.ask("First?")
    turn = a.ask("Second?")
    assert [source.passage_id for source in turn.sources] == ["p1", "p2"]
    assert LEFT_OUT_TURNS in turn.notice
    assert LEFT_OUT_SOURCES in turn.notice
    assert a.model.count(turn.prompt) <= 300


def test_the_best_passage_stays_however_long_it_is(chat):
    turn = chat(context=256, passages=[passage(1, words(500)), passage(2, words(5))]).ask("Which?")
    assert [source.passage_id for source in turn.sources] == ["p1"]


def test_a_prompt_that_fits_is_left_as_it_is(chat):
    a = chat(passages=[passage(1, CELLAR), passage(2, LEAVE)])
    a.ask("First?")
    turn = a.ask("Second?")
    assert (turn.notice, len(turn.sources)) == (None, 2)
    assert len(turn.prompt) == 4


# Adapters


def test_the_adapter_that_serves_is_asked_for_before_each_answer_and_named_in_it(chat):
    @dataclass
    class Serving:
        name: str
        path: Path

    serving = [None]
    a = chat(active=lambda: serving[0])
    before = a.ask("Which?")
    serving[0] = Serving("kto-1", Path("adapters/kto-1"))
    after = a.ask("Which?")
    serving[0] = None
    rolled_back = a.ask("Which?")
    assert [turn.adapter for turn in (before, after, rolled_back)] == [None, "kto-1", None]
    assert [asked.adapter for asked in a.model.asked] == [None, ("kto-1", Path("adapters/kto-1")), None]


class Noting:
    """A rail that notes what it is told besides the text, and refuses what holds "no"."""

    name = "noting"
    whole = False

    def __init__(self):
        self.contexts = []

    def __call__(self, text, context):
        self.contexts.append(context)
        return Verdict("refuse" if "no" in text.split() else "allow", text, self.name, "no", reason="No.")


def test_the_rails_are_told_the_questions_that_were_answered_before(chat):
    noting = Noting()
    one = chat("Fine.", input_rails=[noting])
    for question in ("First?", "Say no", "Second?"):
        one.ask(question)
    assert [context.earlier for context in noting.contexts] == [(), ("First?",), ("First?",)]


def test_the_model_is_told_to_talk_to_a_child_where_the_audience_are_children(chat):
    for audience, told in (("adult", False), ("general", False), ("child", True)):
        turn = chat("Fine.", rails={"audience": audience}).ask("Hello there, how are clouds made?", documents=False)
        assert (FOR_A_CHILD in turn.prompt[0]["content"]) is told


# What a conversation has used, and what ends early


def test_no_placeholder_of_a_conversation_comes_to_mean_another_datum(chat, masking):
    a = chat("Noted, as you wish.", f"They are paid to {OTHER}.", input_rails=[masking], output_rails=[masking])
    mine, yours = Originals(), Originals()
    first = a.ask(f"My IBAN is {PERSONAL['iban']}", originals=mine)
    second = a.ask("Where is the supplier paid to?", originals=yours)
    assert "<IBAN_2>" in second.answer
    a.engine.rate(first.id, Rating("down", (), "I meant FR14 2004 1010 0505 0001 3M02 606"), mine)
    assert "<IBAN_3>" in a.store.turn(first.id).rating.comment
    assert "<IBAN_2>" in mine.shown(a.store.turn(second.id)).answer


def test_a_reader_who_leaves_before_the_first_word_leaves_a_turn_and_its_row_in_the_log(chat):
    a = chat(LONG)
    events = a.engine.reply(a.conversation, "Hello?")
    assert isinstance(next(events), Found)
    events.close()
    (turn,) = a.store.turns(a.conversation)
    assert (turn.answer, turn.stopped) == ("", True)
    assert [row.rule for row in a.store.audit.rows(Wanted()) if row.stage == "output"] == ["reader left"]


def test_what_the_rails_said_of_an_answer_is_kept_also_where_its_reader_leaves(chat, masking):
    a = chat(f"Write to {PERSONAL['email']} for this. {LONG}", output_rails=[masking])
    events = a.engine.reply(a.conversation, "Who?")
    while len(said([next(events)])) < 20:
        pass
    events.close()
    (turn,) = a.store.turns(a.conversation)
    assert [verdict["rule"] for verdict in turn.verdicts] == ["EMAIL"]
    output = [row.rule for row in a.store.audit.rows(Wanted()) if row.stage == "output"]
    assert output == ["EMAIL", "reader left"]


def test_an_answer_that_was_shown_is_logged_also_where_it_cannot_be_kept(chat):
    a = chat(LONG)
    events = a.engine.reply(a.conversation, "Hello?")
    next(events)
    a.store.delete(a.conversation)
    with pytest.raises(BadInput):
        list(events)
    assert [row.rule for row in a.store.audit.rows(Wanted()) if row.stage == "output"] == ["broken off"]


def test_half_a_character_in_a_question_does_no_harm(chat, masking):
    assert chat(input_rails=[masking]).ask("a\ud83d b").question == "a? b"
