"""The Modelfile holds a Go template only where that writes what the model's own template writes."""

import pytest

from finetune import models
from finetune.results import ollama

LLAMA = (
    "{% for message in messages %}{% set text = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'"
    " + message['content'] | trim + '<|eot_id|>' %}{% if loop.first %}{{ bos_token + text }}{% else %}{{ text }}"
    "{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}"
    "{% endif %}"
)
MISTRAL = (
    "{% if messages[0]['role'] == 'system' %}{% set system = messages[0]['content'] %}{% set said = messages[1:] %}"
    "{% else %}{% set said = messages %}{% endif %}{{ bos_token }}{% for message in said %}"
    "{% if message['role'] == 'user' %}{% if loop.last and system is defined %}"
    "{{ '[INST] ' + system + '\n\n' + message['content'] + '[/INST]' }}{% else %}"
    "{{ '[INST] ' + message['content'] + '[/INST]' }}{% endif %}{% else %}{{ ' ' + message['content'] + '</s>' }}"
    "{% endif %}{% endfor %}"
)
GREETED = (
    "{% for message in messages %}{% if loop.first and message['role'] != 'system' %}"
    "{{ '<|im_start|>system\nYou help.<|im_end|>\n' }}{% endif %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


@pytest.fixture
def tokenizer(settings):
    return models.load_tokenizer(settings)


def told(tokenizer, template, first):
    tokenizer.chat_template, tokenizer.bos_token = template, first
    return tokenizer


@pytest.mark.parametrize(
    ("template", "first", "family"),
    [(LLAMA, "<|begin_of_text|>", ollama.LLAMA_3), (MISTRAL, "<s>", ollama.MISTRAL), (GREETED, None, ollama.CHATML)],
)
def test_a_known_way_of_writing_is_recognised(template, first, family, tokenizer):
    assert ollama.family(told(tokenizer, template, first)) is family


def test_chatml_is_written_as_a_go_template_that_ends_where_the_answer_begins(tokenizer):
    text = ollama.modelfile("model.gguf", tokenizer)
    assert text.startswith(
        'FROM ./model.gguf\nTEMPLATE """{{ if .System }}<|im_start|>system\n{{ $.System }}<|im_end|>'
    )
    assert '{{ else if eq .Role "assistant" }}<|im_start|>assistant\n{{ .Content }}<|im_end|>\n{{ end }}' in text
    assert '<|im_start|>assistant\n"""\nPARAMETER stop "<|im_end|>"\n' in text


def test_a_first_token_that_every_turn_begins_with_is_not_cut_off(tokenizer):
    assert ollama.family(told(tokenizer, tokenizer.chat_template, "<|im_start|>")) is ollama.CHATML


def test_a_system_message_that_the_template_puts_in_goes_into_the_modelfile(tokenizer):
    assert ollama.modelfile("m.gguf", told(tokenizer, GREETED, None)).endswith('SYSTEM """You help."""\n')


def test_a_template_without_one_gets_no_system_message(tokenizer):
    assert "SYSTEM" not in ollama.modelfile("m.gguf", tokenizer)


@pytest.mark.parametrize(
    "template",
    [
        "{% for message in messages %}{{ '#' + message['role'] + message['content'] }}{% endfor %}",
        "{% for message in messages %}{% if message['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}"
        "{% endfor %}",
        GREETED.replace("<|im_end|>\n' }}{% endfor %}", "<|im_end|>' }}{% endfor %}"),
    ],
)
def test_an_unknown_template_is_left_out_and_that_is_said(template, tokenizer):
    text = ollama.modelfile("m.gguf", told(tokenizer, template, None))
    assert "TEMPLATE is left out" in text
    assert 'PARAMETER stop "<|im_end|>"' in text
