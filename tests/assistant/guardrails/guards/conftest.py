"""Guard models of random weights, in folders that the tests make: a word is a token, the verdict is put into them."""

from pathlib import Path

import pytest

from assistant.guardrails.guards.loading import Guard, load

LLAMA_GUARD = (
    "{% if messages | length % 2 == 0 %}{% set role = 'Agent' %}{% else %}{% set role = 'User' %}{% endif %}"
    "{{ '<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nTask: Check if there is unsafe content in \\'' }}"
    "{{ role }}{{ '\\' messages in conversations according our safety policy with the below categories.\n\n' }}"
    "{{ '<BEGIN UNSAFE CONTENT CATEGORIES>\nS1: Violent Crimes.\nS2: Non-Violent Crimes.\nS6: Specialized Advice.\n' }}"
    "{{ 'S10: Hate.\nS11: Self-Harm.\n<END UNSAFE CONTENT CATEGORIES>\n\n<BEGIN CONVERSATION>\n\n' }}"
    "{% for message in messages %}{{ 'User: ' if message['role'] == 'user' else 'Agent: ' }}"
    "@@{{ '\n\n' }}{% endfor %}"
    "{{ '<END CONVERSATION>\n\nProvide your safety assessment for ONLY THE LAST ' + role }}"
    "{{ ' message in the above conversation:\n - First line must read \\'safe\\' or \\'unsafe\\'.\n' }}"
    "{{ ' - If unsafe, a second line must include a comma-separated list of violated categories.<|eot_id|>' }}"
    "{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}"
)
STRING = "{{ message['content'] | trim }}"
PARTS = (
    "{% for part in message['content'] | selectattr('type', 'equalto', 'text') %}{{ part['text'] | trim }}{% endfor %}"
)
GRANITE = (
    "{% set risk = guardian_config['risk_name'] if guardian_config and guardian_config['risk_name'] else 'harm' %}"
    "{{ '<|start_of_role|>' + messages[-1]['role'] + '<|end_of_role|>' }}"
    "{% for message in messages %}{{ '<start_of_turn>' + message['role'] + ': ' + message['content'] }}"
    "{{ '<end_of_turn>\n' }}{% endfor %}{{ 'risk ' + risk + '\n' }}"
)
GRANITE_3_3 = (
    "{% for document in documents or [] %}{{ 'document ' + document['doc_id'] + ': ' + document['text'] + '\n' }}"
    "{% endfor %}{% for message in messages %}{{ message['role'] + ': ' + message['content'] + '\n' }}{% endfor %}"
    "{{ 'criteria ' + guardian_config['criteria_id'] + (' think' if think else ' no-think') + '\n' }}"
)
MARKS = [
    *("<|begin_of_text|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>"),
    *("<start_of_turn>", "<end_of_turn>", "<|start_of_role|>", "<|end_of_role|>"),
]
WORDS = "safe unsafe Yes No yes no S1 S2 S6 S10 S11 S99 score"


def words(text: str):
    """A tokenizer of whole words and single signs, which knows the words of the text."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    cut = pre_tokenizers.Split(Regex(r"\w+|[^\w\s]|\n+|\s"), "isolated")
    found = dict.fromkeys(piece for piece, _ in cut.pre_tokenize_str(f"{text} {WORDS}\n")) | {
        "\n": None,
        "\n\n": None,
        " ": None,
    }
    vocabulary = {"[UNK]": 0, "[PAD]": 1, **{word: n for n, word in enumerate(found, start=2)}}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = cut
    tokenizer.decoder = decoders.Fuse()
    made = PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]")
    made.add_special_tokens({"additional_special_tokens": MARKS})
    return made


def sizes(tokenizer, **more):
    return {
        "vocab_size": len(tokenizer), "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1,
        "num_attention_heads": 2, "num_key_value_heads": 2, "max_position_embeddings": 4096,
        "bos_token_id": None, "eos_token_id": None, "pad_token_id": 1, "tie_word_embeddings": False, **more,
    }  # fmt: skip


def chained(model, tokenizer, chain: dict[str, str]) -> None:
    """Put into a language model which token follows which: `chain` names the likeliest one after each, "" after any.

    Every layer passes on what comes in, each token is a direction of its own, and the head looks at that alone.
    """
    import torch

    size = model.config.hidden_size
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "layers" in name and ("down_proj" in name or "o_proj" in name):
                weight.zero_()
        embedding, head = model.get_input_embeddings().weight, model.get_output_embeddings().weight
        embedding.zero_()
        embedding[:, 0] = 1.0
        head.zero_()
        head[tokenizer.convert_tokens_to_ids(chain[""]), 0] = 2.0
        for n, (word, follows) in enumerate((pair for pair in chain.items() if pair[0]), start=1):
            assert n < size
            embedding[tokenizer.convert_tokens_to_ids(word)] = torch.eye(size)[n]
            head[tokenizer.convert_tokens_to_ids(follows), n] += 5.0


@pytest.fixture(scope="session")
def make(tmp_path_factory):
    """Make the folder of a language model of a family, with a chat template, and with what it says."""

    def made(kind: str, template: str | None, chain: dict[str, str], text: str = "") -> Path:
        import transformers

        tokenizer = words(f"{template} {text}")
        tokenizer.chat_template = template
        more = {"head_dim": 16, "query_pre_attn_scalar": 16} if kind == "Gemma2" else {}
        config = getattr(transformers, f"{kind}Config")(**sizes(tokenizer, **more))
        model = getattr(transformers, f"{kind}ForCausalLM")(config)
        chained(model, tokenizer, chain)
        folder = tmp_path_factory.mktemp("guard") / "model"
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return folder

    return made


@pytest.fixture(scope="session")
def llama_guard(make):
    """Make a Llama Guard that says what it is told to."""

    def made(chain: dict[str, str], content: str = STRING) -> Guard:
        return load(str(make("Llama", LLAMA_GUARD.replace("@@", content), chain)))

    return made


@pytest.fixture(scope="session")
def prompt_guard(tmp_path_factory):
    """Make a folder of a Prompt Guard whose class depends on one word: `attack` counts for the class that is named."""

    def made(labels: list[str], attack: str, reach: int = 2048) -> Path:
        import torch
        from transformers import DebertaV2Config, DebertaV2ForSequenceClassification

        torch.manual_seed(0)
        tokenizer = words("attack canteen noon")
        config = DebertaV2Config(
            vocab_size=len(tokenizer), hidden_size=32, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
            num_labels=len(labels), id2label=dict(enumerate(labels)), label2id={n: i for i, n in enumerate(labels)},
            max_position_embeddings=reach, pad_token_id=1,
        )  # fmt: skip
        model = DebertaV2ForSequenceClassification(config)
        folder = tmp_path_factory.mktemp("guard") / "model"
        put_verdict(model, tokenizer, labels.index(attack))
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return folder

    return made


def put_verdict(model, tokenizer, column: int) -> None:
    """The first token decides: the pooler of DeBERTa looks at nothing else."""
    import torch

    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "layer" in name and "output.dense" in name:
                weight.zero_()
        embedding = model.deberta.embeddings.word_embeddings.weight
        embedding.zero_()
        embedding[:, 0] = 5.0
        attack = embedding[tokenizer.convert_tokens_to_ids("attack")]
        attack.zero_()
        attack[1] = 5.0
        model.pooler.dense.weight.copy_(torch.eye(32))
        model.pooler.dense.bias.zero_()
        model.classifier.weight.zero_()
        model.classifier.bias.zero_()
        model.classifier.weight[0, 0] = 3.0
        model.classifier.weight[column, 1] = 3.0
