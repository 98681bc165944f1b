"""Text and source code are cited by line; what is defined at the left margin is a heading."""

import re

import pytest

from knowledge.chunking import split
from knowledge.loaders.formats import load


def headings(name: str, text: str) -> list[str]:
    return [section.headings[0] for section in load(name, text.encode()).sections if section.headings]


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("a.py", "import os\n\nclass A:\n    def f(): ...\n\nasync def g(): ...\n", ["class A", "async def g(): ..."]),
        ("a.ts", "export const id = (a) => a\nexport class B {\n}\n", ["export const id = (a) => a", "export class B"]),
        ("a.java", "public final class C {\n  void f() {}\n}\n", ["public final class C"]),
        ("a.go", "func (s *S) Run() error {\n}\n", ["func (s *S) Run() error"]),
        ("a.rs", "pub(crate) fn go() {\n}\nimpl S {\n}\n", ["pub(crate) fn go()", "impl S"]),
        ("a.c", "static int add(int a, int b)\n{\n    return a;\n}\n", ["static int add(int a, int b)"]),
        ("a.sh", "set -e\nbuild() {\n  make\n}\n", ["build()"]),
        ("a.sql", "CREATE TABLE staff (\n  id int\n);\n", ["CREATE TABLE staff"]),
        ("a.toml", "[tool.x]\na = 1\n", ["[tool.x]"]),
        ("a.yaml", "jobs:\n  build: 1\n", ["jobs"]),
    ],
)  # fmt: skip
def test_definitions_are_headings(name, text, found):
    assert headings(name, text) == found


def test_a_passage_of_code_knows_its_lines():
    text = (
        "# This says in more than ten words what it is for.\n\n\ndef first():\n    return 1, 2, 3, 4, 5, 6, 7, 8, 9\n"
    )
    content = load("a.py", text.encode())
    pieces = split(content, "a.py", lambda texts: [[m.span() for m in re.finditer(r"\S+", t)] for t in texts], 500)
    assert content.numbered
    assert content.text.split("\n")[3] == "def first():"
    assert [piece.location.lines for piece in pieces][-1] == (4, 5)


@pytest.mark.parametrize("name", ["README", "Makefile", "notes.unknown", "a.log"])
def test_text_is_read_whatever_it_is_called(name):
    content = load(name, b"First.\nSecond.\n")
    assert (content.text, content.numbered) == ("First.\nSecond.\n", True)
