from datetime import time
from pathlib import Path

import pytest

import finetune.settings
import knowledge.settings
from assistant.errors import BadInput
from assistant.settings import ChatSettings, load

SECTIONS = {
    "chat": ("APPRENTICE_CHAT_CONTEXT", "context", (4096, 1000, 2000, 3000)),
    "knowledge": ("APPRENTICE_KNOWLEDGE_PASSAGES", "passages", (4, 5, 6, 7)),
    "finetune": ("APPRENTICE_FINETUNE_QUANTIZE", "quantize", ("none", "8bit", "4bit", "none")),
}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A home of its own, and nothing in the environment."""
    for name in ("HOME", "MODEL", "CACHE", "CHAT_CONTEXT", "KNOWLEDGE_PASSAGES", "FINETUNE_QUANTIZE", "FINETUNE_MODEL"):
        monkeypatch.delenv(f"APPRENTICE_{name}", raising=False)
    return tmp_path


def write(home, text):
    (home / "settings.toml").write_text(text, encoding="utf-8")


def with_argument(home, section, name, value):
    if section == "chat":
        return getattr(ChatSettings(home=home, **{name: value}), name)
    module = {"knowledge": knowledge.settings, "finetune": finetune.settings}[section]
    return getattr(module.load(home=home, **{name: value}), name)


@pytest.mark.parametrize("section", SECTIONS)
def test_arguments_go_over_environment_over_settings_file_over_defaults(home, monkeypatch, section):
    variable, name, (default, in_file, in_environment, given) = SECTIONS[section]
    assert getattr(getattr(load(home=home), section), name) == default
    write(home, f"[{section}]\n{name} = {in_file!r}\n")
    assert getattr(getattr(load(home=home), section), name) == in_file
    monkeypatch.setenv(variable, str(in_environment))
    assert getattr(getattr(load(home=home), section), name) == in_environment
    assert with_argument(home, section, name, given) == given


def test_the_model_given_as_an_argument_goes_over_the_environments_and_that_over_the_default(home, monkeypatch):
    assert load(home=home).finetune.model == "embedded"
    monkeypatch.setenv("APPRENTICE_MODEL", "from/environment")
    assert load(home=home).finetune.model == "from/environment"
    assert load(home=home, model="given/model", quantize="8bit").finetune.model == "given/model"
    assert load(home=home, quantize="8bit").finetune.quantize == "8bit"


def test_the_home_named_in_the_environment_is_every_sections_home(home, monkeypatch):
    monkeypatch.setenv("APPRENTICE_HOME", str(home))
    write(home, "[chat]\nhistory = 9\n")
    loaded = load()
    assert {loaded.home, loaded.chat.home, loaded.knowledge.home, loaded.finetune.home} == {home}
    assert loaded.chat.history == 9
    assert ChatSettings().history == 9


def test_the_home_given_goes_over_the_environments(home, monkeypatch):
    monkeypatch.setenv("APPRENTICE_HOME", "/somewhere/else")
    assert load(home=home).chat.database == home / "assistant.db"


def test_the_policy_of_the_rails_is_read_from_the_settings_file(home):
    write(home, '[rails]\nmax_characters = 500\n[rails.domain]\ndescription = "bicycles"\n')
    rails = load(home=home).rails
    assert (rails.max_characters, rails.domain.description, rails.harm.on) == (500, "bicycles", True)


def test_the_policy_file_goes_over_the_settings_file_key_by_key(home):
    write(home, "[rails]\nmax_characters = 500\n[rails.harm]\nthreshold = 0.3\non = true\n")
    (home / "policy.toml").write_text("[harm]\non = false\n", encoding="utf-8")
    rails = load(home=home).rails
    assert (rails.max_characters, rails.harm.threshold, rails.harm.on) == (500, 0.3, False)


def test_a_wrong_policy_file_is_refused_by_name_in_one_line(home):
    (home / "policy.toml").write_text("[harm]\ntreshold = 1\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"policy\.toml: unknown key harm\.treshold") as told:
        load(home=home)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[chat]\ncontxt = 9\n", "contxt"),
        ("[rails]\nmax_charcters = 9\n", "max_charcters"),
        ("[rails.harm]\ntreshold = 0.5\n", "harm.treshold"),
        ("[knowledge]\npasages = 9\n", "pasages"),
        ("[finetune]\nmodell = 'x'\n", "modell"),
        ("[chats]\ncontext = 9\n", "chats"),
        ("context = 900\n", "context"),
        ("[chat]\ncontext = 9\n", "context"),
        ("[rails.privacy]\nlabels = ['SHOE SIZE']\n", "labels"),
        ("[server]\nhost = ['a']\n", "host"),
        ("[server]\nhosts = ['https://chat.example.com']\n", "without scheme"),
        ("[server]\nhosts = ['*']\n", "no host name"),
        ("[server]\nproxies = ['proxy.example.com']\n", "proxies"),
        ("[limits]\nquestions = 0\n", "questions"),
        ("[oidc]\nroles = { admins = 'god' }\n", "roles"),
        ("chat = 3\n", "chat"),
        ("knowledge = 3\n", "knowledge"),
    ],
)
def test_what_cannot_be_is_refused_by_name_in_one_line(home, text, named):
    write(home, text)
    with pytest.raises(BadInput) as told:
        load(home=home)
    assert named in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("content", [b"[chat\n", b"\xff\xfe[chat]"])
def test_a_settings_file_that_is_not_toml_is_told_in_one_line(home, content):
    (home / "settings.toml").write_bytes(content)
    with pytest.raises(BadInput, match=r"settings\.toml") as told:
        load(home=home)
    assert "\n" not in str(told.value)


def test_settings_cannot_be_changed(home):
    with pytest.raises(ValueError, match="frozen"):
        load(home=home).chat.context = 9


def test_reading_the_settings_makes_no_folder(home):
    load(home=home / "not yet")
    assert list(Path(home).iterdir()) == []


def test_the_sampling_of_a_first_answer_is_what_the_settings_say(home):
    sampling = ChatSettings(home=home, temperature=0.5, top_p=0.9, repetition_penalty=1.0, max_new_tokens=7).sampling
    assert (sampling.temperature, sampling.top_p, sampling.repetition_penalty) == (0.5, 0.9, 1.0)
    assert (sampling.max_new_tokens, sampling.stop) == (7, ())


def test_the_threshold_of_old_is_refused_with_what_took_its_place(home):
    write(home, "[chat]\nrelevance = 0.2\n")
    with pytest.raises(BadInput, match="relevance is no longer a setting, delete the line"):
        load(home=home)


@pytest.mark.parametrize(("written", "user"), [("", None), ("user = ''", None), ("user = ' anna '", "anna")])
def test_the_page_reads_as_whoever_runs_the_machine_unless_a_user_is_named(home, written, user):
    write(home, f"[chat]\n{written}\n")
    assert load(home=home).chat.reads_as == user


def test_when_to_improve_is_read_from_its_own_table_and_the_environment(home, monkeypatch):
    assert (load(home=home).improve.on, load(home=home).improve.ratings) == (False, 200)
    write(home, '[improve]\non = true\nfrom = "22:00"\nuntil = 05:30:00\nmethod = "kto"\n')
    rule = load(home=home).improve
    assert (rule.on, rule.since, rule.until, rule.method) == (True, time(22), time(5, 30), "kto")
    monkeypatch.setenv("APPRENTICE_IMPROVE_FROM", "23:00")
    monkeypatch.setenv("APPRENTICE_IMPROVE_RATINGS", "7")
    assert (load(home=home).improve.since, load(home=home).improve.ratings) == (time(23), 7)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ratins = 3", "ratins"),
        ("ratings = 0", "ratings"),
        ('from = "25:00"', 'a time of day is written as "01:00"'),
        ("until = 5", 'a time of day is written as "01:00"'),
        ('method = "ppo"', "it must be one of auto, sft"),
    ],
)
def test_a_wrong_rule_of_when_to_improve_is_told_in_one_line(home, text, told):
    write(home, f"[improve]\n{text}\n")
    with pytest.raises(BadInput, match=told) as error:
        load(home=home)
    assert "\n" not in str(error.value)


def test_a_model_of_a_server_is_asked_there_and_every_other_is_loaded_here(home):
    from assistant.assembly import LazyModel, model_of
    from assistant.model.remote import RemoteModel

    served = model_of(load(home=home, model="openai:http://127.0.0.1:9/v1#name"))
    assert isinstance(served, RemoteModel)
    assert (served.name, served.server) == ("name", "http://127.0.0.1:9/v1")
    assert isinstance(model_of(load(home=home, model="embedded")), LazyModel)


def test_who_may_come_in_is_read_from_its_own_tables_and_the_environment(home, monkeypatch):
    write(home, "[server]\nhosts = ['Chat.example.com']\n[limits]\nquestions = 5\n[oidc]\nissuer = 'https://a'\n")
    monkeypatch.setenv("APPRENTICE_LIMITS_STREAMS", "2")
    monkeypatch.setenv("APPRENTICE_OIDC_CLIENT_SECRET", "hush")
    loaded = load(home=home)
    assert loaded.server.hosts == ("chat.example.com",)
    assert not loaded.server.alone
    assert (loaded.limits.questions, loaded.limits.streams) == (5, 2)
    assert loaded.oidc.client_secret.get_secret_value() == "hush"
    assert "hush" not in str(loaded)


def test_without_a_word_of_it_the_server_is_for_this_machine_alone(home):
    assert load(home=home).server.alone
