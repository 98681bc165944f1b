import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from assistant.errors import StoreUnavailable
from assistant.store.audit import Entry, Wanted
from assistant.store.store import Store

ASKED = Entry("input", "refuse", "How do I build a bomb?", "ben", "harm", "weapons", 0.97, "kto-1", "p1", "t1")
PASSED = Entry("input", "allow", "How many days of leave?", "anna", policy="p1", turn_id="t2")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "home" / "assistant.db"


@pytest.fixture
def log(store):
    store.audit.append([ASKED, PASSED])
    store.audit.append([replace(PASSED, stage="output", text="25 days.")])
    return store.audit


def tamper(file, *commands):
    """Change the database as somebody would who may write the file: the triggers taken away first."""
    with sqlite3.connect(file) as connection:
        for trigger in ("audit_follows", "audit_stays", "audit_keeps"):
            connection.execute(f"DROP TRIGGER {trigger}")
        for command in commands:
            connection.execute(command)
    connection.close()


def test_a_row_says_who_when_what_and_why(log):
    row = next(log.rows())
    assert (row.seq, row.user, row.stage, row.rail, row.rule) == (1, "ben", "input", "harm", "weapons")
    assert (row.action, row.score, row.adapter, row.policy, row.turn_id) == ("refuse", 0.97, "kto-1", "p1", "t1")
    assert row.at.endswith("+00:00")


def test_the_text_is_nowhere_on_disk(log, store, file):
    store.close()
    for path in file.parent.iterdir():
        assert b"bomb" not in path.read_bytes()


def test_the_hash_of_a_text_is_another_one_in_another_home(log, tmp_path):
    other = Store(tmp_path / "other" / "assistant.db")
    other.audit.append([ASKED])
    assert next(other.audit.rows()).text_hash != next(log.rows()).text_hash


def test_the_key_and_the_head_are_for_their_owner_alone(log, file):
    assert {(file.parent / name).stat().st_mode & 0o777 for name in ("audit.key", "audit.head")} == {0o600}


def test_rows_about_a_text_are_found_by_it(log):
    assert [row.turn_id for row in log.rows(Wanted(text="How do I build a bomb?"))] == ["t1"]
    assert list(log.rows(Wanted(text="How do I build a boat?"))) == []


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(rail="harm"), [1]),
        (Wanted(action="allow"), [2, 3]),
        (Wanted(user="anna", stage="output"), [3]),
        (Wanted(turn_id="t1"), [1]),
        (Wanted(since="2020-01-01"), [1, 2, 3]),
        (Wanted(until="2020-01-01"), []),
    ],
)
def test_rows_are_filtered(log, wanted, found):
    assert [row.seq for row in log.rows(wanted)] == found


def test_the_newest_rows_come_first_where_only_some_are_wanted(log):
    assert [row.seq for row in log.rows(newest=2)] == [3, 2]


def test_a_long_log_is_listed_whole(store, monkeypatch):
    monkeypatch.setattr("assistant.store.audit.PAGE", 10)
    store.audit.append([PASSED] * 30)
    assert [row.seq for row in store.audit.rows()] == list(range(1, 31))
    assert (store.audit.check().count, store.audit.check().broken) == (30, None)


@pytest.mark.parametrize(
    "command",
    [
        "UPDATE audit SET action = 'allow' WHERE seq = 1",
        "DELETE FROM audit WHERE seq = 3",
        "INSERT OR REPLACE INTO audit SELECT 1, at, user, stage, rail, rule, 'allow', score, adapter, policy, turn_id, "
        "document_id, text_hash, previous, hash FROM audit WHERE seq = 1",
    ],
)
def test_the_database_refuses_to_change_rows(log, file, command):
    with sqlite3.connect(file) as connection, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(command)
    connection.close()


def test_a_log_that_nobody_touched_is_whole(log):
    check = log.check()
    assert (check.count, check.broken, check.reason) == (3, None, None)
    assert check.hash == list(log.rows())[-1].hash


def test_a_log_without_rows_is_whole(store):
    assert (store.audit.check().count, store.audit.check().broken) == (0, None)


@pytest.mark.parametrize("column", ["at", "user", "stage", "rail", "rule", "action", "policy", "turn_id", "text_hash"])
def test_a_row_that_was_changed_is_named(log, file, column):
    tamper(file, f"UPDATE audit SET {column} = 'x' WHERE seq = 2")
    assert (log.check().broken, log.check().reason) == (2, "it was changed, or written under another key")


def test_a_row_that_was_taken_out_is_named(log, file):
    tamper(file, "DELETE FROM audit WHERE seq = 2")
    assert (log.check().broken, log.check().reason) == (3, "rows 2 to 2 are gone")


def test_rows_that_changed_places_are_found(log, file):
    tamper(
        file,
        "UPDATE audit SET seq = 9 WHERE seq = 2",
        "UPDATE audit SET seq = 2 WHERE seq = 3",
        "UPDATE audit SET seq = 3 WHERE seq = 9",
    )
    assert log.check().broken == 2


@pytest.mark.parametrize(("left", "reason"), [(2, "rows 3 to 3 are gone"), (0, "rows 1 to 3 are gone")])
def test_rows_that_were_cut_off_at_the_end_are_missed(log, file, left, reason):
    tamper(file, f"DELETE FROM audit WHERE seq > {left}")
    assert (log.check().broken, log.check().reason) == (left + 1, f"{reason} from the end")


def test_rows_that_are_added_later_do_not_hide_that_some_were_cut_off(log, file):
    tamper(file, "DELETE FROM audit WHERE seq = 3")
    log.append([PASSED, PASSED])
    assert (log.check().broken, log.check().reason) == (3, "it is not the row that the log ended with")


def test_a_head_that_is_gone_or_forged_is_told_also_after_more_rows(log, file):
    for damage in (lambda head: head.unlink(), lambda head: head.write_text('{"count": 0, "hash": "", "mac": "x"}')):
        damage(file.parent / "audit.head")
        log.append([PASSED])
        assert "where the log ends is not known" in log.check().reason


def test_a_key_that_is_gone_is_told_in_one_line_and_nothing_is_logged(log, file):
    (file.parent / "audit.key").unlink()
    with pytest.raises(StoreUnavailable, match="put it back from a backup") as told:
        log.append([PASSED])
    assert "\n" not in str(told.value)
    assert len(list(log.rows())) == 3


def test_a_log_may_be_begun_anew_and_a_check_still_tells_what_was_wrong(log, file):
    (file.parent / "audit.key").unlink()
    log.begin_anew("anna")
    log.append([PASSED])
    check = log.check()
    assert (check.count, check.broken, check.anew) == (5, 1, 4)
    tamper(file, "DELETE FROM audit WHERE seq = 5")
    assert (log.check().broken, log.check().anew) == (1, None)


def test_what_cannot_be_logged_leaves_no_turn(log, store, file):
    from assistant.errors import StoreUnavailable
    from assistant.turns import Turn

    (file.parent / "audit.key").unlink()
    conversation = store.add_conversation().id
    with pytest.raises(StoreUnavailable):
        store.add_turn(Turn("t9", conversation, 0, "Hello?"), [PASSED])
    assert store.turns(conversation) == []


def test_many_threads_with_two_stores_keep_one_chain(file):
    stores, ready = [Store(file), Store(file)], threading.Barrier(4)

    def write(worker):
        ready.wait()
        for _ in range(15):
            stores[worker % 2].audit.append([PASSED, ASKED])

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(4)))  # raises what was raised in them
    check = stores[0].audit.check()
    assert (check.count, check.broken) == (120, None)


def test_several_processes_keep_one_chain(file):
    import subprocess
    import sys

    code = (
        "import sys\nfrom pathlib import Path\nfrom assistant.store.audit import Entry\n"
        "from assistant.store.store import Store\nstore = Store(Path(sys.argv[1]))\n"
        "for _ in range(20): store.audit.append([Entry('input', 'allow', 'x')])"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(file)]) for _ in range(3)]
    assert [one.wait(60) for one in running] == [0, 0, 0]
    check = Store(file).audit.check()
    assert (check.count, check.broken) == (60, None)


def test_a_log_that_is_begun_anew_still_tells_that_rows_were_cut_off(log, file):
    tamper(file, "DELETE FROM audit WHERE seq = 3")
    log.begin_anew("anna")
    assert (log.check().broken, log.check().anew) == (3, 3)
    assert "begun anew here" in log.check().reason


def test_rows_before_a_log_was_begun_anew_are_missed_if_they_are_taken_out_later(log, file):
    log.begin_anew("anna")
    tamper(file, "DELETE FROM audit WHERE seq < 4")
    assert (log.check().broken, log.check().reason) == (4, "rows 1 to 3 are gone")


@pytest.mark.parametrize("key", [b"", b"short"])
def test_a_key_that_is_cut_short_is_as_good_as_gone_and_the_log_can_be_begun_anew(log, file, key):
    (file.parent / "audit.key").write_bytes(key)
    log.begin_anew(None)
    assert (log.check().count, log.check().broken, log.check().anew) == (4, 1, 4)


@pytest.mark.parametrize("written", ["audit.head", "audit.key"])
def test_a_log_that_is_killed_while_it_begins_is_whole_later(store, file, written):
    import subprocess
    import sys

    code = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom assistant.store import seals\n"
        "from assistant.store.audit import Entry\nfrom assistant.store.store import Store\nreal = seals._write\n"
        "def killed(file, data):\n    real(file, data)\n"
        f"    if file.name == '{written}': os.kill(os.getpid(), signal.SIGKILL)\n"
        "seals._write = killed\nStore(Path(sys.argv[1])).audit.append([Entry('input', 'allow', 'x')])"
    )
    assert subprocess.run([sys.executable, "-c", code, str(file)]).returncode == -9
    store.audit.append([PASSED])
    assert (store.audit.check().count, store.audit.check().broken) == (1, None)


def test_what_is_logged_around_a_change_that_fails_is_not_kept(log):
    with pytest.raises(OSError, match="full"), log.around([PASSED]):
        raise OSError("the disk is full")
    assert (log.check().count, log.check().broken) == (3, None)
