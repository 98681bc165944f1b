"""One GGUF file by llama.cpp's programs; where they are not here or fail, one line says what to do."""

import sys

import pytest

from finetune.errors import BadInput
from finetune.results import gguf

CONVERTER = """
import argparse, pathlib
import gguf
from safetensors.numpy import load_file
options = argparse.ArgumentParser()
options.add_argument("model", type=pathlib.Path)
options.add_argument("--outfile")
options.add_argument("--outtype")
given = options.parse_args()
writer = gguf.GGUFWriter(given.outfile, "llama")
writer.add_token_list(["a", "b"])
writer.add_description(given.outtype)
import torch
from safetensors.torch import load_file
for name, tensor in load_file(given.model / "model.safetensors").items():
    writer.add_tensor(name, tensor.float().numpy())
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
"""
QUANTISER = f"""#!{sys.executable}
import shutil, sys
shutil.copy(sys.argv[1], sys.argv[2])
open(__file__ + ".asked", "w").write(sys.argv[3])
"""


@pytest.fixture
def llama_cpp(tmp_path):
    """A double of llama.cpp's folder: its converter writes a true GGUF, its quantiser only copies."""
    folder = tmp_path / "llama.cpp"
    (folder / "build" / "bin").mkdir(parents=True)
    (folder / gguf.CONVERTER).write_text(CONVERTER)
    (folder / "build" / "bin" / gguf.QUANTISER).write_text(QUANTISER)
    (folder / "build" / "bin" / gguf.QUANTISER).chmod(0o755)
    return folder


def test_the_file_holds_all_weights_and_a_modelfile_lies_beside_it(llama_cpp, make, settings, tmp_path):
    made = gguf.convert(settings, make(), tmp_path / "out" / "short.gguf", "f16", llama_cpp)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"short.gguf", "Modelfile"}
    assert (made.tensors, made.template, made.size) == (21, "ChatML", made.file.stat().st_size)
    assert (tmp_path / "out" / "Modelfile").read_text().startswith("FROM ./short.gguf\n")


def test_what_the_converter_does_not_write_the_quantiser_makes(llama_cpp, make, settings, tmp_path):
    made = gguf.convert(settings, make(), tmp_path / "out" / "short.gguf", "Q4_K_M", llama_cpp)
    assert made.type == "q4_k_m"
    assert (llama_cpp / "build" / "bin" / "llama-quantize.asked").read_text() == "Q4_K_M"


def test_the_folder_may_be_named_in_the_environment(llama_cpp, make, settings, tmp_path, monkeypatch):
    monkeypatch.setenv("LLAMA_CPP", str(llama_cpp))
    assert gguf.convert(settings, make(), tmp_path / "out" / "short.gguf").type == "q8_0"


def test_without_llama_cpp_one_line_says_how_to_get_it(make, settings, tmp_path, monkeypatch):
    monkeypatch.delenv("LLAMA_CPP", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadInput, match="git clone") as caught:
        gguf.convert(settings, make(), tmp_path / "short.gguf")
    assert "\n" not in str(caught.value)


def test_without_the_quantiser_nothing_is_converted_first(llama_cpp, make, settings, tmp_path):
    (llama_cpp / "build" / "bin" / gguf.QUANTISER).unlink()
    with pytest.raises(BadInput, match="there is no llama-quantize"):
        gguf.convert(settings, make(), tmp_path / "out" / "short.gguf", "q4_k_m", llama_cpp)
    assert not (tmp_path / "out").exists()


def test_a_format_that_is_none_is_refused_with_those_there_are(llama_cpp, make, settings, tmp_path):
    with pytest.raises(BadInput, match="choose one of f32, f16, bf16, q8_0, q2_k"):
        gguf.convert(settings, make(), tmp_path / "short.gguf", "q9", llama_cpp)


@pytest.mark.parametrize("name", ["short.gguf", "Modelfile"])
def test_nothing_that_is_there_is_written_over(name, llama_cpp, make, settings, tmp_path):
    (tmp_path / name).write_text("keep me")
    with pytest.raises(BadInput, match="is there already"):
        gguf.convert(settings, make(), tmp_path / "short.gguf", "f16", llama_cpp)
    assert (tmp_path / name).read_text() == "keep me"


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("import sentencepiece_that_is_missing", "needs the package sentencepiece-that-is-missing"),
        ("raise NotImplementedError('Model Foo is not supported')", "Model Foo is not supported"),
        ("pass", "left no GGUF file"),
    ],
)
def test_a_converter_that_fails_is_told_in_one_line_and_leaves_nothing(
    script, complaint, llama_cpp, make, settings, tmp_path
):
    (llama_cpp / gguf.CONVERTER).write_text(script)
    with pytest.raises(gguf.ConversionFailed, match=complaint) as caught:
        gguf.convert(settings, make(), tmp_path / "out" / "short.gguf", "f16", llama_cpp)
    assert "\n" not in str(caught.value)
    assert list((tmp_path / "out").iterdir()) == []
