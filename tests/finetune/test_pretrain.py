"""Documents are packed, and none of them is read with another's words before it."""

from dataclasses import replace

import pytest
import torch

from finetune import models, pretrain, recipe, training


def texts(count):
    return [{"text": f"document {n} says that short answers are better {'indeed ' * (n % 5)}"} for n in range(count)]


def trainer_of(settings, rows, tmp_path):
    from trl import SFTConfig, SFTTrainer

    loaded = models.load(settings)
    chosen = replace(recipe.default("pretrain"), training={"per_device_train_batch_size": 1})
    packed = {"packing": True, "packing_strategy": "bfd_split", "max_length": 256}
    arguments = training.configure(SFTConfig, chosen, tmp_path, loaded.model, **packed)
    return loaded, SFTTrainer(
        model=loaded.model, args=arguments, train_dataset=training.dataset(rows), processing_class=loaded.tokenizer
    )


def test_packed_documents_are_as_likely_as_alone(settings, tmp_path):
    loaded, trainer = trainer_of(settings, texts(6), tmp_path)
    (packed,) = list(trainer.get_train_dataloader())
    with torch.no_grad(), trainer.compute_loss_context_manager():
        together = float(trainer.compute_loss(trainer.model, dict(packed)))
    total, count = 0.0, 0
    for row in texts(6):
        ids = torch.tensor([loaded.tokenizer(row["text"] + loaded.tokenizer.eos_token)["input_ids"]])
        with torch.no_grad(), trainer.compute_loss_context_manager():
            total += float(loaded.model(input_ids=ids, labels=ids).loss) * (ids.shape[1] - 1)
        count += ids.shape[1] - 1
    assert packed["input_ids"].shape[0] == 1
    assert together == pytest.approx(total / count, abs=2e-3)


def test_a_document_longer_than_a_block_is_cut_into_several(settings, tmp_path):
    _, trainer = trainer_of(settings, [{"text": "many words in one document " * 200}], tmp_path)
    lengths = [len(row["input_ids"]) for row in trainer.train_dataset]
    assert len(lengths) > 1
    assert max(lengths) <= 256


def test_what_was_read_becomes_likelier(settings, tmp_path):
    steps = []
    table = {"max_steps": 10, "learning_rate": 1e-2, "max_length": 64, "per_device_train_batch_size": 2}
    chosen = replace(recipe.default("pretrain"), training=table)
    pretrain.train(settings, chosen, texts(20), tmp_path / "run", steps.append)
    assert steps[-1].loss < steps[0].loss
