"""Protected files open with their password, and say so without it."""

import io

import docx
import pytest
import xlsxwriter
from msoffcrypto.format.ooxml import OOXMLFile

from knowledge.errors import UnreadableFile
from knowledge.loaders.encryption import OLE, decrypt, older_kind
from knowledge.loaders.formats import load
from knowledge.loaders.options import Options


def locked(data: bytes, password: str) -> bytes:
    out = io.BytesIO()
    OOXMLFile(io.BytesIO(data)).encrypt(password, out)
    return out.getvalue()


@pytest.fixture(scope="module")
def text() -> bytes:
    document = docx.Document()
    document.add_paragraph("The vault opens at noon.")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


@pytest.fixture(scope="module")
def protected(text: bytes) -> bytes:
    return locked(text, "tide")


def test_the_right_password_opens_a_file(protected):
    assert load("a.docx", protected, Options(password="tide")).text == "The vault opens at noon."


@pytest.mark.parametrize("password", [None, "ebb"])
def test_no_or_a_wrong_password_is_refused_with_what_to_do(protected, password):
    with pytest.raises(UnreadableFile, match=r"password.*--password"):
        load("a.docx", protected, Options(password=password))


def test_a_workbook_that_is_only_protected_against_changes_opens_by_itself():
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.add_worksheet("Staff").write_row(0, 0, ["Name", "Ada"])
    book.close()
    assert load("a.xlsx", locked(out.getvalue(), "VelvetSweatshop")).text == "Staff\n\nName | Ada"


def test_a_file_without_protection_is_left_as_it_is(text):
    assert decrypt(text, Options(password="any")) is text


def test_a_container_cut_short_is_refused_as_damaged(protected):
    with pytest.raises(UnreadableFile, match="damaged"):
        load("a.docx", protected[: len(protected) // 2], Options(password="tide"))


def test_a_container_of_nothing_known_is_of_no_older_kind():
    assert older_kind(OLE + bytes(600)) is None
