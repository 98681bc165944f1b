"""Older files go through LibreOffice, or are refused with what to do."""

import pytest

from knowledge.errors import UnreadableFile
from knowledge.loaders.formats import load
from knowledge.loaders.legacy import convert


def test_an_rtf_file_is_refused_with_what_to_do_where_there_is_no_libreoffice(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnreadableFile, match=r"save it as \.docx, or install LibreOffice"):
        load("a.rtf", b"{\\rtf1 Hello}")


def test_a_program_that_fails_at_a_file_is_not_waited_for(monkeypatch, tmp_path):
    program = tmp_path / "soffice"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(UnreadableFile, match="cannot read it"):
        convert(b"{\\rtf1 Hello}", "docx")


def test_a_program_that_hangs_is_ended(monkeypatch, tmp_path):
    program = tmp_path / "soffice"
    program.write_text("#!/bin/sh\nsleep 60 &\nsleep 60\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr("knowledge.loaders.legacy.SECONDS", 0.3)
    with pytest.raises(UnreadableFile, match="took more than"):
        convert(b"{\\rtf1 Hello}", "docx")


def test_what_is_no_older_file_is_refused_as_damaged():
    with pytest.raises(UnreadableFile, match="damaged"):
        convert(b"plain text", "docx")
