"""The README tells the truth about the tree."""

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_tree_names_every_module():
    tree = runpy.run_path(str(ROOT / "docs" / "tree.py"))["tree"]()

    assert tree in (ROOT / "README.md").read_text(encoding="utf-8"), "run `python docs/tree.py`, which puts it in"
