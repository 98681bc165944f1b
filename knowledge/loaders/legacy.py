"""Word and PowerPoint files of 97 to 2003, turned into those of today by LibreOffice, where it is installed."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Literal

from knowledge.errors import UnreadableFile
from knowledge.loaders.packages import DAMAGED

SECONDS = 45
"""How long LibreOffice may take."""
_KINDS = {"docx": ("Word", ".doc"), "pptx": ("PowerPoint", ".ppt")}


def convert(data: bytes, target: Literal["docx", "pptx"]) -> bytes:
    """Return a file of Office 97 to 2003 as one of the kind of today.

    Raises:
        UnreadableFile: there is no LibreOffice, or it cannot read the file, or not in time.
    """
    program, suffix = _KINDS[target]
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        raise UnreadableFile(f"it is an old {program} file: save it as .{target}, or install LibreOffice")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, f"file{suffix}")
        source.write_bytes(data)
        command = [office, f"-env:UserInstallation={Path(folder, 'profile').as_uri()}", "--headless", "--norestore"]
        command += ["--convert-to", target, "--outdir", folder, str(source)]
        try:
            # LibreOffice starts another process: both are in a session of their own, to be ended together.
            subprocess.run(command, check=True, timeout=SECONDS, capture_output=True, cwd=folder, env=_quiet(folder))
            return source.with_suffix(f".{target}").read_bytes()
        except subprocess.TimeoutExpired as error:
            raise UnreadableFile(
                f"LibreOffice took more than {SECONDS} seconds to read it: save it as .{target}"
            ) from error
        except (subprocess.CalledProcessError, OSError) as error:
            raise UnreadableFile(DAMAGED) from error


def _quiet(folder: str) -> dict[str, str]:
    """Return the environment with a home of its own, so that nothing is left behind."""
    return {**os.environ, "HOME": folder}
