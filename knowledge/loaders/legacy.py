"""Word and PowerPoint files of 97 to 2003, and RTF, turned into those of today by LibreOffice where it is installed."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Literal

from knowledge.errors import UnreadableFile
from knowledge.loaders.encryption import older_kind
from knowledge.loaders.packages import DAMAGED

SECONDS = 45
"""How long LibreOffice may take."""
RTF = b"{\\rtf"
"""What a text in the Rich Text Format begins with."""
_KINDS = {"doc97": ("an old Word file", "docx"), "ppt97": ("an old PowerPoint file", "pptx")}


def convert(data: bytes, target: Literal["docx", "pptx"]) -> bytes:
    """Return a file of Office 97 to 2003, or an RTF, as one of the kind of today.

    Raises:
        UnreadableFile: it is no such file, there is no LibreOffice, or it cannot read the file, or not in time.
    """
    kind, fitting = ("an RTF file", "docx") if data.startswith(RTF) else _KINDS.get(older_kind(data) or "", ("", ""))
    if fitting != target:
        raise UnreadableFile(DAMAGED)
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        raise UnreadableFile(f"it is {kind}: save it as .{target}, or install LibreOffice")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "file.old")
        source.write_bytes(data)
        command = [office, f"-env:UserInstallation={Path(folder, 'profile').as_uri()}", "--headless", "--norestore"]
        command += ["--convert-to", target, "--outdir", folder, str(source)]
        try:
            _run(command, folder)
            return source.with_suffix(f".{target}").read_bytes()
        except subprocess.TimeoutExpired as error:
            why = f"LibreOffice took more than {SECONDS} seconds to read it: save it as .{target}"
            raise UnreadableFile(why) from error
        except OSError as error:
            raise UnreadableFile(f"LibreOffice cannot read it: save it as .{target}") from error


def _run(command: list[str], folder: str) -> None:
    """Run LibreOffice, and end it with the process that it starts itself: both are in a session of their own."""
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(
        command, stdin=quiet, stdout=quiet, stderr=quiet, cwd=folder, env=_quiet(folder), start_new_session=True
    )
    try:
        process.wait(SECONDS)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _quiet(folder: str) -> dict[str, str]:
    """Return the environment with a home of its own, so that nothing is left behind."""
    return {**os.environ, "HOME": folder}
