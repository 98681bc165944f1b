"""A cross-encoder out of a folder scores passages; here it is a tiny one with random weights."""

import pytest

from knowledge.errors import BadInput, IndexUnavailable
from knowledge.library import Library
from knowledge.reranking import Reranker

WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] tea is free on fridays the depot opens at seven when does open".split()  # noqa: SIM905


def write_model(folder, labels=1):
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(WORDS))
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    config = BertConfig(
        vocab_size=len(WORDS), max_position_embeddings=64, num_labels=labels, initializer_range=1.0, **sizes
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


def test_each_text_gets_a_score_of_its_own_however_long_it_is(tmp_path):
    reranker = Reranker(str(write_model(tmp_path / "model")))
    texts = ["tea is free", "the depot opens at seven", "tea " * 500]
    scores = reranker.score("when does the depot open", texts)
    assert len(set(scores)) == 3
    assert reranker.score("when does the depot open", texts[:1]) == pytest.approx(scores[:1], abs=1e-4)


def test_the_order_of_the_passages_is_that_of_the_cross_encoder(tmp_path, settings, encoder):
    model = str(write_model(tmp_path / "model"))
    library = Library(settings.model_copy(update={"reranker": model}), encoder)
    for number, text in enumerate(["Tea is free on Fridays.", "The depot opens at seven.", "The tea depot is free."]):
        file = tmp_path / f"{number}.txt"
        file.write_text(text)
        library.add(file)
    hits = library.find("When does the depot open?").hits
    library.close()
    scores = [hit.rerank for hit in hits]
    assert len(hits) == 3
    assert None not in scores
    assert scores == sorted(scores, reverse=True)
    assert [hit.passage.score for hit in hits] == scores


def test_a_classifier_of_several_classes_is_refused(tmp_path):
    with pytest.raises(BadInput, match="has 3 outputs"):
        Reranker(str(write_model(tmp_path / "model", labels=3))).score("tea", ["tea"])


def test_a_folder_without_a_model_says_what_to_do(tmp_path):
    with pytest.raises(IndexUnavailable, match="set `reranker`"):
        Reranker(str(tmp_path)).score("tea", ["tea"])
