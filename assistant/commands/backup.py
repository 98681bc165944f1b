"""Back a home up while it is used, and restore one from a backup."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path


def offer(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the two commands to the parser."""
    parser = add("backup", back_up, "Back everything up into one file, also while the server runs.")
    parser.add_argument("file", type=Path, metavar="FILE", help="a gzipped tar; keep it as safe as the home itself")
    parser.add_argument("--without-documents", action="store_true", help="leave the documents out")
    parser = add("restore", restore, "Restore a backup into a new home, named with --home.")
    parser.add_argument("file", type=Path, metavar="FILE")


def back_up(options: argparse.Namespace) -> int:
    """Back up."""
    from assistant import settings
    from assistant.backup import archive

    loaded = settings.load(home=options.home)
    manifest = archive.back_up(loaded, options.file, documents=not options.without_documents)
    if options.json:
        told = {"file": str(options.file), "files": len(manifest.files), "bytes": manifest.size}
        print(json.dumps(told | {"left_out": manifest.left_out}, ensure_ascii=False))
        return 0
    print(f"{options.file}: {len(manifest.files)} files, {manifest.size / 2**20:.1f} MB before squeezing")
    for line in manifest.left_out:
        print(f"  without {line}")
    return 0


def restore(options: argparse.Namespace) -> int:
    """Restore."""
    from assistant.backup import restoring
    from assistant.errors import BadInput

    if options.home is None:
        raise BadInput("name the new home with --home")
    manifest = restoring.restore(options.file, options.home)
    if options.json:
        told = {"home": str(options.home), "files": len(manifest.files), "made": manifest.made}
        print(json.dumps(told | {"left_out": manifest.left_out}, ensure_ascii=False))
        return 0
    print(f"{options.home} is as the home was at {manifest.made}")
    for line in manifest.left_out:
        print(f"  without {line}")
    return 0
