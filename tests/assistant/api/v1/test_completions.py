"""Questions in OpenAI's form: what goes in, and what comes out."""

from assistant.guardrails.rails import Rails
from assistant.model.pieces import Piece
from assistant.turns import Scored
from tests.assistant.doubles import Forbids, SpokenModel

SYSTEM = {"role": "system", "content": "Talk like a pirate."}


def said(*messages):
    return [{"role": role, "content": content} for role, content in messages]


def test_an_answer_has_the_shape_of_openais(api):
    told = api("Good morning to you.").ask("Hello?")
    assert (told["object"], told["model"]) == ("chat.completion", "apprentice")
    assert told["id"].startswith("chatcmpl-")
    (choice,) = told["choices"]
    assert (choice["index"], choice["finish_reason"], choice["logprobs"]) == (0, "stop", None)
    assert choice["message"]["role"] == "assistant"
    assert choice["message"]["content"] == "Good morning to you."
    assert choice["message"]["refusal"] is None


def test_the_tokens_of_prompt_and_answer_are_counted(api):
    asked = api("Good morning to you.")
    used = asked.ask("Hello?")["usage"]
    assert used["prompt_tokens"] == asked.model.count(asked.prompt)
    assert used["completion_tokens"] == 4
    assert used["total_tokens"] == used["prompt_tokens"] + 4


def test_an_answer_from_documents_cites_them(api):
    message = api("It is 25 days a year [1].").message("How many days of annual leave are there?", knowledge=True)
    (citation,) = message["citations"]
    assert (citation["marker"], citation["title"]) == ("[1]", "Leave")
    assert "25 days" in citation["quote"]
    assert "[1]" in message["content"]
    assert message["abstained"] is False


def test_documents_are_looked_at_unless_it_is_said_otherwise(api):
    asked = api("It is 25 days [1].")
    messages = said(("user", "How many days of annual leave are there?"))
    asked.client.post("/v1/chat/completions", json={"messages": messages})
    assert "25 days a year" in asked.prompt[-1]["content"]
    asked.client.post("/v1/chat/completions", json={"messages": messages, "knowledge": False})
    assert "25 days a year" not in asked.prompt[-1]["content"]


def test_a_collection_that_the_caller_may_not_read_is_as_one_that_is_not_there(api):
    closed, missing = (api(user="ben").post("Hello?", knowledge=[name]) for name in ("board", "bored"))
    assert closed.status_code == missing.status_code == 400
    assert closed.json()["error"]["message"].replace("board", "bored") == missing.json()["error"]["message"]
    assert api(user="carl").post("Hello?", knowledge=["board"]).status_code == 200


def test_what_no_document_holds_is_not_answered(api):
    message = api().message("Who won the football match of 1966?", knowledge=["default"])
    assert message["abstained"] is True
    assert message["content"] == "The documents do not hold the answer to this."


def test_a_refused_question_says_why_and_ends_for_that(api):
    rails = Rails((Forbids("bomb"),))
    (choice,) = api(rails=rails).ask("How do I build a bomb?")["choices"]
    assert choice["finish_reason"] == "content_filter"
    assert choice["message"]["content"] is None
    assert choice["message"]["refusal"] == "That word is not allowed."
    assert choice["message"]["refusal_details"]["rail"] == "forbids"


def test_a_withdrawn_answer_tells_nothing_of_what_it_was(api):
    answer = api("The password is swordfish today.", rails=Rails((), (Forbids("swordfish"),))).post("Hello?")
    assert answer.json()["choices"][0]["finish_reason"] == "content_filter"
    assert "swordfish" not in answer.text


def test_whoever_asks_reads_their_own_data_in_the_answer_and_nothing_of_it_is_kept(api):
    asked = api("I wrote to <EMAIL_1> just now.")
    message = asked.message(messages=said(("user", "I am a@b.com."), ("assistant", "Yes."), ("user", "Write to me.")))
    assert message["content"] == "I wrote to a@b.com just now."
    assert "a@b.com" not in repr(asked.assistant.store.turn(message["turn_id"]))


def test_an_answer_as_long_as_it_may_be_ends_for_its_length(api):
    (choice,) = api("one two three").ask(max_tokens=3)["choices"]
    assert choice["finish_reason"] == "length"


def test_an_answer_that_has_a_form_is_kept_to_the_letter_and_looks_at_no_documents_unasked(api):
    asked = api('{"days": "25 [1]"} ')
    messages = said(("user", "How many days of annual leave are there?"))
    body = {"messages": messages, "response_format": {"type": "json_object"}}
    told = asked.client.post("/v1/chat/completions", json=body).json()["choices"][0]["message"]
    assert told["content"] == '{"days": "25 [1]"} '
    assert "25 days" not in str(asked.prompt)
    told = asked.client.post("/v1/chat/completions", json=body | {"knowledge": True}).json()["choices"][0]["message"]
    assert told["content"] == '{"days": "25 [1]"} '
    assert "25 days" in str(asked.prompt)


def test_a_model_that_cannot_answer_now_is_told_with_when_to_try_again(api):
    from assistant.errors import ModelUnavailable

    answer = api(ModelUnavailable("the model is away: start its server")).post()
    assert answer.status_code == 503
    assert answer.json()["error"]["message"] == "the model is away: start its server"
    assert answer.headers["Retry-After"] == "5"


def test_one_too_many_is_told_that_all_are_busy(api):
    from assistant.errors import Busy

    answer = api(Busy(12.3)).post()
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "12")
    assert answer.json()["error"]["type"] == "rate_limit_error"


def test_what_nobody_expected_is_told_and_logged_without_words(api, caplog):
    answer = api(RuntimeError("the secret words of a person")).post("My own words?")
    assert answer.status_code == 500
    assert answer.json()["error"]["type"] == "server_error"
    for told in (answer.text, caplog.text):
        assert "secret" not in told
        assert "own words" not in told
    assert "RuntimeError" in caplog.text


def test_an_answer_that_fills_the_context_ends_for_its_length(api):
    narrow = SpokenModel(["one two three"])
    narrow.context = api(model=narrow).ask("Hello?")["usage"]["prompt_tokens"] + 3
    (choice,) = api(model=narrow).ask("Hello?")["choices"]
    assert choice["finish_reason"] == "length"


class Telling(SpokenModel):
    """Tells the probabilities of its tokens."""

    scored = (Scored("Yes", -0.25, (("Yes", -0.25), ("No", float("-inf")))), Scored(" é", -1.0))

    def stream(self, messages, **how):
        for piece, scored in zip(super().stream(messages, **how), self.scored, strict=True):
            yield Piece(piece, (scored,))


def test_tokens_are_told_with_their_probabilities(api):
    (choice,) = api(model=Telling(["Yes é"])).ask(logprobs=True, top_logprobs=2)["choices"]
    first, second = choice["logprobs"]["content"]
    assert (first["token"], first["logprob"], first["bytes"]) == ("Yes", -0.25, [89, 101, 115])
    assert [one["token"] for one in first["top_logprobs"]] == ["Yes", "No"]
    assert first["top_logprobs"][1]["logprob"] == -9999.0
    assert second["bytes"] == [32, 195, 169]


def test_probabilities_are_not_told_unasked_nor_of_an_answer_that_the_rails_changed(api):
    assert api(model=Telling(["Yes é"])).ask()["choices"][0]["logprobs"] is None
    masked = api(model=Telling(["Ask a@b.com"])).ask(logprobs=True)["choices"][0]
    assert masked["message"]["content"] == "Ask <EMAIL_1>"
    assert masked["logprobs"] is None
