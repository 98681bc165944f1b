import statistics
import time

import pytest

from assistant.accounts.passwords import hashed, matches, outdated
from assistant.errors import BadInput

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def kept():
    return hashed(PASSWORD)


def test_a_password_is_kept_as_an_argon2id_hash_with_a_salt_of_its_own(kept):
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept
    assert kept != hashed(PASSWORD)


def test_only_the_same_password_matches(kept):
    assert matches(PASSWORD, kept)
    assert not matches(PASSWORD + " ", kept)
    assert not matches("", kept)


def test_where_there_is_no_password_none_matches_not_even_that_of_nobody():
    assert not matches("nobody has this password", None)
    assert not matches(PASSWORD, "no hash at all")


@pytest.mark.parametrize("password", ["", "short", "x" * 11, "x" * 513])
def test_a_password_that_is_too_short_or_too_long_is_refused(password):
    with pytest.raises(BadInput, match="12 to 512"):
        hashed(password)


def test_a_hash_of_weaker_parameters_is_outdated(kept):
    assert not outdated(kept)
    assert outdated("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNo")


def test_a_name_that_nobody_has_takes_as_long_as_one_that_somebody_has(kept):
    def took(hash_):
        began = time.perf_counter()
        matches("a wrong password", hash_)
        return time.perf_counter() - began

    took(None)
    known, unknown = zip(*((took(kept), took(None)) for _ in range(5)), strict=True)
    assert 0.4 < statistics.median(unknown) / statistics.median(known) < 2.5
