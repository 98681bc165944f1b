"""LangChain's clients, unchanged, against the whole server."""

import pytest
from pydantic import BaseModel


class Leave(BaseModel):
    """What is asked for in a form."""

    days: int


@pytest.fixture
def chat(live):
    from langchain_openai import ChatOpenAI

    live.model.answers, live.model.pause = ["Good morning to you."], 0.0
    live.model.asked.clear()
    return ChatOpenAI(base_url=live.url, api_key="none", model="apprentice", extra_body={"knowledge": False})


def test_it_chats_with_a_system_message(chat, live):
    told = chat.invoke([("system", "Be short."), ("human", "Hello?")])
    assert told.content == "Good morning to you."
    assert told.usage_metadata["output_tokens"] == 4
    assert live.model.asked[-1].messages[0]["content"].endswith("Be short.")


def test_it_streams(chat, live):
    live.model.answers = ["one two three four five six seven eight " * 3]
    parts = [part.content for part in chat.stream("Hello?")]
    assert "".join(parts).split() == live.model.answers[0].split()
    assert len(parts) > 3


def test_it_reads_an_answer_in_a_form(chat, live):
    live.model.answers = ['{"days": 25}']
    assert chat.with_structured_output(Leave, method="json_schema").invoke("How many?") == Leave(days=25)
    assert live.model.asked[-1].sampling.form.kind == "schema"


def test_it_embeds(live):
    from langchain_openai import OpenAIEmbeddings

    encoder = OpenAIEmbeddings(
        base_url=live.url, api_key="none", model="apprentice-embeddings", check_embedding_ctx_length=False
    )
    assert len(encoder.embed_query("annual leave")) == 384
