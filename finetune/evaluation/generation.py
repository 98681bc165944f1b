"""Many greedy answers at once: what the model would say, the same each time."""

from collections.abc import Sequence

from finetune.evaluation.batches import batches
from finetune.examples import Message
from finetune.models import Loaded

BATCH_TOKENS = 8192
"""Prompt tokens in one batch, padding included."""
BATCH_ROWS = 24


def generate(loaded: Loaded, prompts: Sequence[Sequence[Message]], *, max_tokens: int) -> list[str]:
    """Answer each prompt greedily, in batches of like lengths.

    Args:
        loaded: the model, with or without an adapter.
        prompts: the messages of each prompt, put into the chat template that serves.
        max_tokens: where an answer is cut.
    """
    import torch

    tokenizer = loaded.tokenizer
    texts = [tokenizer.apply_chat_template(list(p), tokenize=False, add_generation_prompt=True) for p in prompts]
    lengths = [len(ids) for ids in tokenizer(texts, add_special_tokens=False)["input_ids"]] if texts else []
    answers = [""] * len(texts)
    for indices in batches(lengths, tokens=BATCH_TOKENS, rows=BATCH_ROWS):
        batch = tokenizer(
            [texts[index] for index in indices], return_tensors="pt", padding=True, add_special_tokens=False
        ).to(loaded.device)
        with torch.inference_mode():
            said = loaded.model.generate(
                input_ids=batch["input_ids"],
                attention_mask=batch["attention_mask"],
                max_new_tokens=max_tokens,
                do_sample=False,
                temperature=None,
                top_p=None,
                top_k=None,
                pad_token_id=tokenizer.pad_token_id,
            )
        new = said[:, batch["input_ids"].shape[1] :]
        for index, text in zip(indices, tokenizer.batch_decode(new, skip_special_tokens=True), strict=True):
            answers[index] = text.strip()
    return answers
