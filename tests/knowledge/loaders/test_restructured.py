"""reStructuredText is read with its structure, and never complained about."""

from pathlib import Path

from knowledge.loaders.formats import load

GUIDE = """
The guide
=========

See :ref:`the rules <rules>`.

.. note:: Mind the step.

Lists
-----

1. One

   - inner

Term
    What it means.

.. code-block:: python
   :linenos:

   def f():
       return 1

=====  =====
Room   Price
=====  =====
Blue   40
=====  =====
"""


def test_headings_lists_terms_notes_code_and_tables_are_read():
    content = load("a.rst", GUIDE.encode())
    assert content.title == "The guide"
    assert [section.headings for section in content.sections] == [("The guide",), ("The guide", "Lists")]
    for part in (
        "See the rules.\n\nNote: Mind the step.",
        "1. One\n  - inner",
        "Term: What it means.",
        "def f():\n    return 1",
        "Room: Blue; Price: 40",
    ):
        assert part in content.text


def test_bad_markup_is_read_as_it_stands(capfd):
    content = load(
        "a.rst", b"*open `and ``never closed\n\nHeading\n--\n\n.. unknown:: words\n   :option: x\n\n   More.\n"
    )
    assert "open" in content.text
    assert "words\nMore." in content.text
    assert capfd.readouterr() == ("", "")


def test_no_other_file_is_taken_in(tmp_path: Path):
    secret = tmp_path / "secret.txt"
    secret.write_text("hidden words", encoding="utf-8")
    text = (
        f"Text.\n\n.. include:: {secret}\n\n.. csv-table::\n   :file: {secret}\n\n.. raw:: html\n   :file: {secret}\n"
    )
    assert "hidden words" not in load("a.rst", text.encode()).text
