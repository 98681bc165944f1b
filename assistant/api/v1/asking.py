"""What may be asked of /v1/chat/completions, and the question and wishes that come out of it.

Fields that OpenAI knows and that change nothing here are passed over, as it does itself with those it does not know:
https://platform.openai.com/docs/api-reference/chat/create
"""

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from assistant.api.v1.problems import Problem
from assistant.settings import ChatSettings
from assistant.turns import Form, Message, Sampling
from assistant.wishes import Wishes

SERVES = "apprentice"
"""The model's name that stands for what serves now."""
MOST_ANSWERS = 8
MOST_MESSAGES = 500
NOT_ASKED = "messages: the last message must be the user's, and say something"
LONGEST_SCHEMA = 100_000
"""Characters."""


def _text(value: str) -> str:
    if "\0" in value:
        raise ValueError("it holds a NUL character: leave it out")
    if any("\ud800" <= one <= "\udfff" for one in value):
        raise ValueError("it holds half a character, which is no Unicode: leave it out")
    return value


class WithoutNul:
    """Says in the OpenAPI document what `_text` refuses."""

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> Any:
        """Add it to the schema of a text."""
        return handler(schema) | {"pattern": r"^[^\u0000]*$"}


def _nothing(what: str) -> BeforeValidator:
    """Refuse a wish that no model here fulfils, unless it asks for nothing."""

    def check(value: Any) -> None:
        if value not in (None, [], {}, 0) or value is True:
            raise ValueError(f"{what} cannot be had here: leave it out")

    return BeforeValidator(check)


Text = Annotated[str, AfterValidator(_text), WithoutNul()]
Unused = {"anyOf": [{"type": "null"}, {"const": 0}, {"type": "array", "maxItems": 0}]}
"""What stands in the OpenAPI document for a wish that no model here fulfils."""


class Asked(BaseModel):
    """The base of all that is asked: what is not known is passed over."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True, allow_inf_nan=False)


class TextPart(Asked):
    """A part of a message; pictures, sounds and files are not read."""

    type: Literal["text"]
    text: Text


class Said(Asked):
    """A message of the system, a developer or the user."""

    role: Literal["system", "developer", "user"]
    content: Text | Annotated[list[TextPart], Field(min_length=1, max_length=100)]


class Answered(Asked):
    """A message of the assistant."""

    role: Literal["assistant"]
    content: Text | Annotated[list[TextPart], Field(max_length=100)] | None = None


class StreamOptions(Asked):
    """How a stream is to be."""

    include_usage: bool = False
    """Whether a last chunk without a choice tells how many tokens there were."""


class Schema(Asked):
    """A JSON schema that the answer must follow."""

    name: Text = ""
    given: Annotated[dict[str, Any], Field(alias="schema")]


class PlainFormat(Asked):
    """Any text, or any JSON object."""

    type: Literal["text", "json_object"]


class SchemaFormat(Asked):
    """JSON by a schema."""

    type: Literal["json_schema"]
    json_schema: Schema


class RegexFormat(Asked):
    """A text that a pattern matches; our own."""

    type: Literal["regex"]
    regex: Annotated[Text, Field(min_length=1, max_length=2000)]


Stop = Annotated[Text, Field(min_length=1, max_length=200)]
Name = Annotated[Text, Field(min_length=1, max_length=200)]


class Completion(Asked):
    """A request for one or several answers."""

    messages: Annotated[
        list[Annotated[Said | Answered, Field(discriminator="role")]],
        Field(min_length=1, max_length=MOST_MESSAGES),
    ]
    """The conversation; the last message is the user's. System messages are added to the assistant's instructions."""
    model: Name = SERVES
    """A name of /v1/models: `apprentice` is what serves now."""
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    max_tokens: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    """The same; it comes before `max_tokens`."""
    stop: Stop | Annotated[list[Stop], Field(max_length=4)] | None = None
    seed: Annotated[int, Field(ge=-(2**63), le=2**63 - 1)] | None = None
    n: Annotated[int, Field(ge=1, le=MOST_ANSWERS)] | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    response_format: Annotated[PlainFormat | SchemaFormat | RegexFormat, Field(discriminator="type")] | None = None
    presence_penalty: Annotated[None, _nothing("a presence penalty"), Field(json_schema_extra=Unused)] = None
    frequency_penalty: Annotated[None, _nothing("a frequency penalty"), Field(json_schema_extra=Unused)] = None
    logit_bias: Annotated[None, _nothing("a bias of tokens"), Field(json_schema_extra=Unused)] = None
    tools: Annotated[None, _nothing("tools"), Field(json_schema_extra=Unused)] = None
    functions: Annotated[None, _nothing("functions"), Field(json_schema_extra=Unused)] = None
    knowledge: bool | Annotated[list[Name], Field(max_length=100)] | None = None
    """Our own: whether to answer from the documents, or the collections to look in. By default from all documents,
    but without them where the answer must have a form."""
    conversation_id: Name | None = None
    """Our own: the conversation to go on with, as an answer named it. Then only what stands after the last message of
    the assistant is asked; what was said before is known here."""
    best_of: Annotated[int, Field(ge=1, le=16)] | None = None
    """Our own: how many answers to write, of which the company's reward model chooses the best."""

    @property
    def question(self) -> str:
        """What is asked: what the user said last.

        Raises:
            Problem: the last message is not the user's, or is empty.
        """
        if self.messages[-1].role == "assistant" or not (asked := _joined(self._last())):
            raise Problem(400, NOT_ASKED, "messages", "nothing_asked")
        return asked

    @property
    def earlier(self) -> tuple[Message, ...]:
        """What was said before it."""
        said = [one for one in self.messages if one.role in ("user", "assistant")]
        before = said[: len(said) - len(self._last())]
        return tuple(Message(role=one.role, content=text) for one in before if (text := _words(one)))

    @property
    def instructions(self) -> str | None:
        """What the program asks for beside it."""
        return _joined([one for one in self.messages if one.role in ("system", "developer")]) or None

    @property
    def form(self) -> Form | None:
        """The form that the answer must have.

        Raises:
            Problem: its schema is too long.
        """
        match self.response_format:
            case PlainFormat(type="json_object"):
                return Form("json")
            case SchemaFormat(json_schema=schema):
                return Form("schema", _short(json.dumps(schema.given)))
            case RegexFormat(regex=pattern):
                return Form("regex", pattern)
        return None

    def _last(self) -> list[Any]:
        """Return the messages of the user after the last one of the assistant."""
        last: list[Any] = []
        for one in reversed(self.messages):
            if one.role == "assistant":
                break
            last += [one] if one.role == "user" else []
        return last[::-1]


def sampling(asked: Completion, settings: ChatSettings) -> Sampling:
    """Return how the tokens of the answer are chosen; what is not asked for is as in the settings."""
    longest = asked.max_completion_tokens or asked.max_tokens or settings.max_new_tokens
    stop = [asked.stop] if isinstance(asked.stop, str) else asked.stop or []
    tells = asked.logprobs or (asked.logprobs is None and asked.top_logprobs is not None)
    return Sampling(
        temperature=settings.temperature if asked.temperature is None else asked.temperature,
        top_p=settings.top_p if asked.top_p is None else asked.top_p,
        repetition_penalty=settings.repetition_penalty,
        max_new_tokens=min(longest, settings.context),
        seed=(asked.seed or 0) % 2**31,
        stop=tuple(stop),
        form=asked.form,
        logprobs=(asked.top_logprobs or 0) if tells else None,
    )


def wishes(asked: Completion, settings: ChatSettings, user: str | None) -> Wishes:
    """Return how the question is to be answered."""
    knowledge = asked.form is None if asked.knowledge is None else asked.knowledge
    return Wishes(
        documents=bool(knowledge),
        collections=tuple(knowledge) if isinstance(knowledge, list) else None,
        user=user,
        sampling=sampling(asked, settings),
        earlier=() if asked.conversation_id else asked.earlier,
        instructions=asked.instructions,
        best_of=asked.best_of or 1,
    )


def _short(schema: str) -> str:
    if len(schema) > LONGEST_SCHEMA:
        raise Problem(
            400, f"response_format: the schema has more than {LONGEST_SCHEMA:,} characters", "response_format"
        )
    return schema


def _words(message: Said | Answered) -> str:
    if isinstance(message.content, list):
        return "".join(part.text for part in message.content)
    return message.content or ""


def _joined(messages: list[Any]) -> str:
    return "\n\n".join(text for one in messages if (text := _words(one).strip()))
