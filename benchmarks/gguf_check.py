"""Whether a GGUF file says what the model folder says that it was made of.

    python -m benchmarks.gguf_check FILE FOLDER

transformers reads the GGUF back; both models are shown the folder's own greedy answers.
"""

import argparse
import json
from pathlib import Path
from typing import Any


def main() -> None:
    """Compare a GGUF file with a model folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    from transformers import AutoTokenizer

    from finetune import models
    from finetune.results import likeness

    models.quiet()
    folder = _load(given.folder, AutoTokenizer.from_pretrained(given.folder))
    said = likeness.say(folder)
    carried = AutoTokenizer.from_pretrained(given.file.parent, gguf_file=given.file.name)
    found = likeness.compare(said, _load(given.file.parent, carried, gguf_file=given.file.name))
    text = "How many leave days do I have in 2026? — \u201cthirty\u201d, it's said."
    same = carried(text)["input_ids"] == folder.tokenizer(text)["input_ids"]
    print(json.dumps({"tokens": found.tokens, "same": found.same, "difference": found.difference, "tokenizer": same}))


def _load(source: Path, tokenizer: Any, **options: str) -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    from finetune.models import Loaded

    model = AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32, **options).eval()
    return Loaded(str(source), model, tokenizer, "cpu")


if __name__ == "__main__":
    main()
