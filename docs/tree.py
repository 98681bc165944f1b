"""Put the tree of the README together out of the modules' first sentences: python docs/tree.py."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
WIDTH = 26
FOLDERS = {
    "assistant/guardrails/heads": "the rails' trained heads, their training texts and model card",
    "finetune/grounded": "the adapter merged into the embedded model, with its model card",
    "finetune/recipes": "what a run does, as data: a recipe a method, and accelerate/ for many GPUs",
}
LAST = {
    "tests/": "mirrors the tree; tests/loop goes once round the ring, tests/browser drives a real browser",
    "benchmarks/": "every figure in this README comes out of here, and lands in benchmarks/results/",
}


def first_sentence(file: Path) -> str:
    """Return what a module is, without the name that its docstring begins with."""
    words = " ".join((ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").split("\n\n")[0].split())
    head, colon, rest = words.partition(": ")
    sentence = rest if colon and len(head) < 40 and rest else words
    sentence = re.split(r"(?<!et al)\. ", sentence)[0].rstrip(".,")
    return sentence[:1].upper() + sentence[1:]


def lines(folder: Path, depth: int) -> list[str]:
    """Return a line for each module of a package, then those of the packages in it."""
    files = sorted(file for file in folder.glob("*.py") if file.name != "__init__.py")
    found = [f"{'    ' * depth}{file.stem:{WIDTH - 4 * depth}}{first_sentence(file)}" for file in files]
    for inner in sorted(path for path in folder.iterdir() if path.is_dir()):
        name = inner.relative_to(ROOT).as_posix()
        about = inner / "__init__.py"
        if about.exists():
            found.append(f"{'    ' * depth}{inner.name + '/':{WIDTH - 4 * depth}}{first_sentence(about)}")
            found += lines(inner, depth + 1)
        elif name in FOLDERS:
            found.append(f"{'    ' * depth}{inner.name + '/':{WIDTH - 4 * depth}}{FOLDERS[name]}")
    return found


def tree() -> str:
    """Return the whole tree, indented as a block of code."""
    found = [f"{'app.py':{WIDTH}}{first_sentence(ROOT / 'app.py')}"]
    for name in ("assistant", "knowledge", "finetune"):
        found.append(f"{name + '/':{WIDTH}}{first_sentence(ROOT / name / '__init__.py')}")
        found += lines(ROOT / name, 1)
    found += [f"{name:{WIDTH}}{what}" for name, what in LAST.items()]
    return "\n".join(f"    {line}" for line in found)


def put(readme: Path) -> None:
    """Put the tree in the place of the one that the README has."""
    before, rest = readme.read_text(encoding="utf-8").split("## The tree\n\n")
    _, after = rest.split("\n\n## ", 1)
    readme.write_text(f"{before}## The tree\n\n{tree()}\n\n## {after}", encoding="utf-8")


if __name__ == "__main__":
    put(ROOT / "README.md")
