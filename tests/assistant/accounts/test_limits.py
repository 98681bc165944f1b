import pytest

from assistant.accounts.callers import Caller
from assistant.accounts.limits import DAY, Limits
from assistant.accounts.settings import MEGABYTE, LimitSettings
from assistant.errors import BadInput, LimitReached
from tests.assistant.accounts.test_throttle import Clock

ANNA, BEN = Caller("anna", signed_in=True), Caller("ben", signed_in=True)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def limits(clock):
    return Limits(LimitSettings(questions=3, streams=2, uploads=5, upload_megabytes=1), clock)


def asked(limits, caller=ANNA):
    with limits.answer(caller):
        pass


def test_questions_are_counted_by_the_minute_and_by_the_person(limits, clock):
    for _ in range(3):
        asked(limits)
    with pytest.raises(LimitReached, match="3 questions a minute is the limit here: try again in 60 s"):
        asked(limits)
    asked(limits, BEN)
    clock.now += 60
    asked(limits)


def test_who_does_not_have_to_sign_in_is_not_limited(limits):
    for _ in range(10):
        asked(limits, Caller(None, administrator=True))


def test_a_key_has_a_limit_of_its_own(limits):
    for _ in range(3):
        asked(limits)
    asked(limits, Caller("anna", signed_in=True, key="ak_1"))


def test_so_many_answers_are_written_at_once_and_then_there_is_room_again(limits):
    with limits.answer(ANNA):
        with limits.answer(ANNA), pytest.raises(LimitReached, match="2 answers are being written"):
            asked(limits)
        asked(limits)


def test_an_answer_that_breaks_leaves_its_place(limits):
    for _ in range(2):
        with pytest.raises(OSError, match="broken"), limits.answer(ANNA):
            raise OSError("broken")
    assert not limits._open


def test_uploads_are_counted_by_number_and_size_over_a_day(limits, clock):
    limits.uploads(ANNA, 5)
    limits.room(ANNA, MEGABYTE)
    with pytest.raises(LimitReached, match="uploads a day"):
        limits.uploads(ANNA, 1)
    with pytest.raises(LimitReached, match="megabytes of uploads a day") as told:
        limits.room(ANNA, 1)
    assert told.value.seconds == DAY
    clock.now += DAY
    limits.uploads(ANNA, 5)


def test_files_of_other_types_than_those_named_are_refused():
    limits = Limits(LimitSettings(upload_types=(".PDF", "docx")))
    limits.types(["a.pdf", "B.DOCX"])
    with pytest.raises(BadInput, match=r"choose .docx, .pdf"):
        limits.types(["a.pdf", "a.pdf.exe"])
    Limits(LimitSettings()).types(["a.exe"])
