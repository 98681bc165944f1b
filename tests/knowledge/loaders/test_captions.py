"""Captions are read as what was said, by whom and when."""

import pytest

from knowledge.errors import UnreadableFile
from knowledge.loaders.formats import load


def test_what_one_speaker_says_in_one_go_is_a_paragraph():
    vtt = (
        "WEBVTT\n\nNOTE left out\n\n1\n00:01.000 --> 00:02.000\n<v Ada>Good <b>morning</b>.\n\n"
        "00:02.500 --> 00:03.000\n<v Ada>Coffee &amp; tea?\n\n00:04.000 --> 00:05.000\n<v Bo>Tea."
    )
    assert load("a.vtt", vtt.encode()).text == "[0:00:01] Ada: Good morning. Coffee & tea?\n\n[0:00:04] Bo: Tea."


def test_srt_is_read_and_a_pause_begins_a_paragraph():
    srt = "1\r\n00:00:01,000 --> 00:00:02,000\r\nOne\r\ntwo.\r\n\r\n2\r\n01:00:01,000 --> 01:00:02,000\r\nThree.\r\n"
    assert load("a.srt", srt.encode()).text == "[0:00:01] One two.\n\n[1:00:01] Three."


def test_captions_without_any_are_refused():
    with pytest.raises(UnreadableFile, match="no captions"):
        load("a.vtt", b"WEBVTT\n\nNOTE nothing")
