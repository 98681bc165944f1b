"""Ollama's Modelfile for a GGUF file: a Go template for the chat templates that are known, stops, the system message.

Ollama wants a Go template and reads no Jinja. A known one is taken only where it writes the very same text as the
model's own chat template; else TEMPLATE is left out and Ollama goes by what it finds in the GGUF.
Format: docs/modelfile.mdx and docs/template.mdx of ollama/ollama.
"""

from dataclasses import dataclass
from typing import Any

Messages = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Family:
    """A way of writing conversations; `{}` stands for the text of a message."""

    name: str
    system: str
    user: str
    """`{system}` stands in it for the system message where that belongs into the last user message."""
    assistant: str
    opening: str
    """What calls for the answer after the last user message."""
    stop: tuple[str, ...]

    def write(self, messages: Messages) -> str:
        """Write a conversation that ends with a user message, as the Go template does."""
        given = [message["content"] for message in messages if message["role"] == "system"]
        system = self.system.replace("{}", given[0]) if given else ""
        said = [message for message in messages if message["role"] != "system"]
        text = "" if self._within else system
        for number, message in enumerate(said, 1):
            turn = self.user if message["role"] == "user" else self.assistant
            turn = turn.replace("{system}", system if number == len(said) else "")
            text += turn.replace("{}", message["content"])
        return text + self.opening

    def template(self) -> str:
        """Write the Go template."""
        system = self.system.replace("{}", "{{ $.System }}")
        last = "{{ if and $.System (eq (len (slice $.Messages $i)) 1) }}" + system + "{{ end }}"
        user = self.user.replace("{system}", last).replace("{}", "{{ .Content }}")
        assistant = self.assistant.replace("{}", "{{ .Content }}")
        turn = '{{ if eq .Role "user" }}' + user + '{{ else if eq .Role "assistant" }}' + assistant + "{{ end }}"
        lead = "" if self._within else "{{ if .System }}" + system + "{{ end }}"
        return lead + "{{ range $i, $_ := .Messages }}" + turn + "{{ end }}" + self.opening

    @property
    def _within(self) -> bool:
        return "{system}" in self.user


CHATML = Family(
    name="ChatML",
    system="<|im_start|>system\n{}<|im_end|>\n",
    user="<|im_start|>user\n{}<|im_end|>\n",
    assistant="<|im_start|>assistant\n{}<|im_end|>\n",
    opening="<|im_start|>assistant\n",
    stop=("<|im_end|>",),
)
LLAMA_3 = Family(
    name="Llama 3",
    system="<|start_header_id|>system<|end_header_id|>\n\n{}<|eot_id|>",
    user="<|start_header_id|>user<|end_header_id|>\n\n{}<|eot_id|>",
    assistant="<|start_header_id|>assistant<|end_header_id|>\n\n{}<|eot_id|>",
    opening="<|start_header_id|>assistant<|end_header_id|>\n\n",
    stop=("<|eot_id|>",),
)
MISTRAL = Family(
    name="Mistral",
    system="{}\n\n",
    user="[INST] {system}{}[/INST]",
    assistant=" {}</s>",
    opening="",
    stop=("[INST]", "[/INST]"),
)
TEKKEN = Family(
    name="Mistral (Tekken)",
    system="{}\n\n",
    user="[INST]{system}{}[/INST]",
    assistant="{}</s>",
    opening="",
    stop=("[INST]", "[/INST]"),
)
FAMILIES = (CHATML, LLAMA_3, MISTRAL, TEKKEN)

_TRIED: tuple[Messages, ...] = (
    [{"role": "system", "content": "S1"}, {"role": "user", "content": "U1"}],
    [
        {"role": "system", "content": "S1"},
        {"role": "user", "content": "U1"},
        {"role": "assistant", "content": "A1"},
        {"role": "user", "content": "U2"},
    ],
)


def family(tokenizer: Any) -> Family | None:
    """Find the family that writes conversations exactly like the tokenizer's chat template; None where none does."""
    rendered = [_render(tokenizer, messages) for messages in _TRIED]
    for one in FAMILIES:
        if all(text == one.write(messages) for text, messages in zip(rendered, _TRIED, strict=True)):
            return one
    return None


def default_system(tokenizer: Any, found: Family) -> str | None:
    """Find the system message that the chat template puts in where none is given; None where it puts in none."""
    alone = [{"role": "user", "content": "U1"}]
    text = _render(tokenizer, alone)
    if text is None or text == found.write(alone):
        return None
    before, after = found.write([{"role": "system", "content": "\0"}, *alone]).split("\0")
    fits = text.startswith(before) and text.endswith(after)
    return text[len(before) : len(text) - len(after)] if fits else None


def modelfile(gguf: str, tokenizer: Any) -> str:
    """Compose the Modelfile.

    Args:
        gguf: the GGUF's file name; it lies beside the Modelfile.
        tokenizer: the model's.
    """
    found = family(tokenizer)
    if found is None:
        stop = f'PARAMETER stop "{tokenizer.eos_token}"\n' if tokenizer.eos_token else ""
        return f"FROM ./{gguf}\n# TEMPLATE is left out: Ollama goes by the chat template that the GGUF carries\n{stop}"
    lines = [f"FROM ./{gguf}", f'TEMPLATE """{found.template()}"""']
    lines += [f'PARAMETER stop "{stop}"' for stop in found.stop]
    system = default_system(tokenizer, found)
    lines += [f'SYSTEM """{system}"""'] if system else []
    return "\n".join(lines) + "\n"


def _render(tokenizer: Any, messages: Messages) -> str | None:
    """Render by the model's own template, without the first token, which Ollama puts there itself."""
    from jinja2 import TemplateError

    try:
        text = str(tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True))
    except (TemplateError, TypeError, ValueError):  # it takes no system message, or wants more than a conversation
        return None
    first = tokenizer.bos_token
    # SmolLM2 names <|im_start|>, with which every turn begins, as its first token
    return text.removeprefix(first) if first and not text.startswith((CHATML.system[:12], CHATML.user[:12])) else text
