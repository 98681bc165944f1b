"""The log as JSON."""

import json
import logging
import sys

from assistant.logs import REQUESTS, Lines, request_id, set_up


def record(message="told", **extra):
    return logging.makeLogRecord({"name": "assistant.engine", "levelname": "WARNING", "msg": message, **extra})


def test_a_record_is_one_line_of_json_that_names_its_request():
    token = request_id.set("abc")
    try:
        line = Lines().format(record("two\nlines", facts={"status": 200}))
    finally:
        request_id.reset(token)
    row = json.loads(line)
    assert "\n" not in line
    assert (row["message"], row["level"], row["request"], row["status"]) == ("two\nlines", "warning", "abc", 200)


def test_an_error_is_told_by_its_kind_and_place_and_not_by_its_words():
    try:
        raise ValueError("what Ada wrote")
    except ValueError:
        line = Lines().format(record(exc_info=sys.exc_info()))
    row = json.loads(line)
    assert row["error"] == "ValueError"
    assert row["trace"][0].endswith("test_an_error_is_told_by_its_kind_and_place_and_not_by_its_words")
    assert "Ada" not in line


def test_requests_are_told_of_in_json_alone():
    root = logging.getLogger()
    before = [(handler, handler.formatter) for handler in root.handlers]
    try:
        set_up("text")
        assert not logging.getLogger(REQUESTS).isEnabledFor(logging.INFO)
        set_up("json")
        assert logging.getLogger(REQUESTS).isEnabledFor(logging.INFO)
        assert all(isinstance(handler.formatter, Lines) for handler in root.handlers)
    finally:
        set_up("text")
        for handler, formatter in before:
            handler.setFormatter(formatter)
