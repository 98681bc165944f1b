import os
import threading

import pytest

from assistant.errors import BadInput
from assistant.guardrails.policy_file import PolicyFile
from assistant.guardrails.policy_text import commented
from assistant.guardrails.settings import RailSettings


@pytest.fixture
def file(tmp_path):
    return PolicyFile(tmp_path / "home" / "policy.toml")


def seen(file):
    return file.text()[1]


def put(file, text):
    file.path.parent.mkdir(exist_ok=True)
    file.path.write_text(text, encoding="utf-8")


def refused(action):
    with pytest.raises(BadInput) as told:
        action()
    assert "\n" not in str(told.value)
    return str(told.value)


def test_where_there_is_no_file_the_defaults_hold_and_none_is_made(file):
    assert file.read() == RailSettings()
    assert not file.path.parent.exists()


def test_the_file_goes_over_the_settings_key_by_key(file):
    base = {"max_characters": 700, "harm": {"threshold": 0.5, "actions": {"fraud": "flag", "crime": "flag"}}}
    put(file, '[harm]\non = false\nactions = {fraud = "allow"}\n')
    read = PolicyFile(file.path, base).read()
    assert (read.max_characters, read.harm.threshold, read.harm.on) == (700, 0.5, False)
    assert read.harm.actions == {"fraud": "allow", "crime": "flag"}


def test_the_file_is_written_once_with_what_is_in_force(file):
    file = PolicyFile(file.path, {"max_characters": 700})
    assert file.write()
    assert "\nmax_characters = 700 " in file.path.read_text(encoding="utf-8")
    assert not file.write()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("max_charcters = 900\n", "unknown key max_charcters; is max_characters meant?"),
        ("[harm]\ntreshold = 0.5\n", "unknown key harm.treshold; is threshold meant?"),
        ("[harm]\nxyz = 0.5\n", "unknown key harm.xyz; known are on, failing"),
        ("[rails.harm]\non = false\n", "tables stand without it"),
        ("[groups.kids]\naudience = 'child'\nuser = []\n", "unknown key groups.kids.user; is users meant?"),
        ("[groups.kids]\nusers = ['ben']\n", "groups.kids.audience"),
        ("[harm]\nthreshold = 5\n", "harm.threshold: Input should be less than or equal to 1"),
        ("[harm]\nactions = {rudeness = 'flag'}\n", "rudeness"),
        ("audience = 'everybody'\n", "audience: Input should be 'child', 'general' or 'adult'"),
        ("seconds = 0\n", "seconds"),
        ("harm = 3\n", "harm"),
        ("[harm\n", "not valid TOML"),
        ("\udce4".encode("utf-8", "surrogateescape"), "not valid TOML"),
        ("x = " + "[" * 5000, "not valid TOML"),
    ],
)
def test_what_cannot_be_is_refused_by_name_in_one_line(file, text, named):
    content = text if isinstance(text, bytes) else text.encode()
    file.path.parent.mkdir()
    file.path.write_bytes(content)
    told = refused(file.read)
    assert told.startswith("policy.toml")
    assert named in told


def test_what_is_wrong_with_the_settings_is_not_put_on_the_policy(file):
    assert refused(PolicyFile(file.path, {"hram": {}}).read).startswith("settings.toml, [rails]: unknown key hram")


def test_a_file_with_the_mark_of_a_windows_editor_is_read(file):
    file.path.parent.mkdir()
    file.path.write_bytes(b"\xef\xbb\xbfmax_characters = 900\r\n")
    assert file.read().max_characters == 900


def test_keys_are_changed_and_what_was_written_by_hand_stays(file):
    put(file, "# Ours.\nmax_characters = 900  # agreed\n\n[harm]\n# Strict.\nthreshold = 0.3\n")
    file.set({("max_characters",): 1000, ("harm", "threshold"): 0.25, ("audience",): "general"}, seen(file))
    text = file.path.read_text(encoding="utf-8")
    assert "# Ours.\n" in text
    assert "max_characters = 1000  # agreed\n" in text
    assert "# Strict.\nthreshold = 0.25\n" in text
    assert (file.read().max_characters, file.read().audience) == (1000, "general")


def test_the_first_change_writes_all_keys_with_their_comments(file):
    file.set({("harm", "on"): False}, seen(file))
    text = file.path.read_text(encoding="utf-8")
    assert text.replace("\non = false", "\n#on = true") == commented(RailSettings())


def test_a_change_of_what_was_changed_meanwhile_is_refused_and_changes_nothing(file):
    mine = seen(file)
    put(file, "max_characters = 900\n")
    for change in (lambda: file.set({("max_characters",): 500}, mine), lambda: file.save("", mine)):
        assert "changed meanwhile: reload" in refused(change)
    assert file.read().max_characters == 900


def test_of_many_that_write_at_once_one_wins_and_the_others_are_told(file):
    file.write()
    at_first, outcomes = seen(file), []

    def change(number):
        try:
            outcomes.append(file.set({("max_characters",): 1000 + number}, at_first).max_characters)
        except BadInput as error:
            outcomes.append(str(error))

    threads = [threading.Thread(target=change, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = [outcome for outcome in outcomes if isinstance(outcome, int)]
    assert won == [file.read().max_characters]
    assert sum("changed meanwhile" in str(outcome) for outcome in outcomes) == 7


@pytest.mark.parametrize("text", ["[harm]\nthreshold = 7\n", "[harm", "\ud800"])
def test_what_is_not_right_is_not_saved(file, text):
    put(file, "max_characters = 900\n")
    assert "policy.toml" in refused(lambda: file.save(text, seen(file)))
    assert file.path.read_text(encoding="utf-8") == "max_characters = 900\n"


def test_a_wrong_value_is_refused_by_the_name_of_its_key(file):
    assert "harm.threshold" in refused(lambda: file.set({("harm", "threshold"): 7}, seen(file)))
    assert not file.path.exists()


def test_what_the_settings_put_into_a_table_cannot_be_taken_out_here(file):
    file = PolicyFile(file.path, {"harm": {"actions": {"fraud": "flag"}}})
    told = refused(lambda: file.set({("harm", "actions"): {"crime": "flag"}}, seen(file)))
    assert "harm.actions.fraud is set in settings.toml" in told


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(file, monkeypatch):
    put(file, "max_characters = 900\n")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "cannot be written: No space left on device" in refused(lambda: file.save("", seen(file)))
    assert file.path.read_text(encoding="utf-8") == "max_characters = 900\n"
    assert {path.name for path in file.path.parent.iterdir()} == {"policy.toml", ".policy.toml.lock"}


def test_the_files_rights_stay_and_a_link_stays_a_link(file, tmp_path):
    elsewhere = tmp_path / "elsewhere.toml"
    elsewhere.write_text("", encoding="utf-8")
    elsewhere.chmod(0o640)
    file.path.parent.mkdir()
    file.path.symlink_to(elsewhere)
    file.save("max_characters = 900\n", seen(file))
    assert (file.path.is_symlink(), elsewhere.read_text(encoding="utf-8")) == (True, "max_characters = 900\n")
    assert elsewhere.stat().st_mode & 0o777 == 0o640


def test_a_folder_in_the_place_of_the_file_is_told_in_one_line(file):
    file.path.mkdir(parents=True)
    assert "cannot be read" in refused(file.read)


@pytest.mark.parametrize("value", ["1979-99-99", "9" * 5000])
def test_a_date_or_number_that_there_is_not_is_told_in_one_line(tmp_path, value):
    with pytest.raises(BadInput, match=r"policy\.toml is not valid TOML"):
        PolicyFile(tmp_path / "policy.toml").parse(f"max_characters = {value}\n".encode())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[grounding]\nmodel = "granite"\naction = "remove"\n', "cannot remove sentences"),
        ('[injection]\naction = "mask"\n', "injection.action"),
    ],
)
def test_an_action_that_could_not_be_taken_is_refused(tmp_path, text, problem):
    with pytest.raises(BadInput, match=problem):
        PolicyFile(tmp_path / "policy.toml").parse(text.encode())
