"""What the files for many machines name is there: settings, commands, metrics, figures."""

import argparse
import json
import re
import shutil
import subprocess
from dataclasses import asdict
from pathlib import Path

import pytest
import yaml

from assistant.accounts.settings import LimitSettings, OidcSettings, ServerSettings
from assistant.metrics import Metrics
from assistant.model.batch import Counts
from assistant.settings import ChatSettings, ImproveSettings
from finetune.settings import FinetuneSettings
from knowledge.settings import KnowledgeSettings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
SECTIONS = (
    ChatSettings,
    ImproveSettings,
    ServerSettings,
    LimitSettings,
    OidcSettings,
    FinetuneSettings,
    KnowledgeSettings,
)
WHOLE = {"APPRENTICE_HOME", "APPRENTICE_MODEL", "APPRENTICE_CACHE"}
"""The variables that are of no section."""
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
PARSED = [path for path in FILES if path.suffix == ".yaml"]


def documents(path):
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def names():
    """Every variable that a setting can be given by."""
    return WHOLE | {
        f"{section.model_config['env_prefix']}{name}".upper() for section in SECTIONS for name in section.model_fields
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(DEPLOY).as_posix())
def test_every_variable_of_ours_is_a_setting(path):
    found = set(re.findall(r"APPRENTICE_[A-Z_]+", path.read_text(encoding="utf-8")))
    assert found <= names()


@pytest.mark.parametrize("path", PARSED, ids=lambda path: path.relative_to(DEPLOY).as_posix())
def test_every_file_can_be_parsed(path):
    assert all(isinstance(document, dict) for document in documents(path))


def test_a_container_runs_a_command_that_there_is():
    import app

    compose = documents(DEPLOY / "compose.yaml")[0]
    [pod] = [one for one in documents(DEPLOY / "kubernetes" / "app.yaml") if one["kind"] == "Deployment"]
    container = next(one for one in pod["spec"]["template"]["spec"]["containers"] if one["name"] == "app")
    for command in (compose["services"]["app"]["command"], container["command"]):
        assert command[:2] == ["python", "app.py"]
        with pytest.raises(SystemExit) as ended:
            app.main([*command[2:], "--help"])
        assert ended.value.code == 0
    probe = container["readinessProbe"]["exec"]["command"]
    assert (ROOT / probe[1]).exists()
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    for source in re.findall(r"^COPY (.+) \S+$", dockerfile, re.MULTILINE):
        assert all((ROOT / name).exists() for name in source.split())
    assert 'CMD ["python", "app.py"]' in dockerfile


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix == ".md"], ids=lambda path: path.name)
def test_every_command_of_the_pages_is_one_that_there_is(path):
    import assistant.__main__
    import finetune.__main__
    import knowledge.__main__

    text = path.read_text(encoding="utf-8")
    parsers = {
        "assistant": assistant.__main__._parser(),
        "finetune": finetune.__main__._parser(),
        "knowledge": knowledge.__main__._parser(),
    }
    for package, command in re.findall(r"-m (assistant|knowledge|finetune) ([a-z]+)", text):
        [subparsers] = [a for a in parsers[package]._actions if isinstance(a, argparse._SubParsersAction)]
        assert command in subparsers.choices, command
    for link in re.findall(r"\]\(([A-Z]+\.md)\)", text):
        assert (DEPLOY / link).exists()
    for configuration in re.findall(r"[\w/]*accelerate/[\w-]+\.yaml", text):
        assert (ROOT / configuration).exists()


def test_two_apps_are_never_put_on_one_home():
    compose = documents(DEPLOY / "compose.yaml")[0]
    homes = [
        name for name, service in compose["services"].items() if "home:/srv/apprentice" in service.get("volumes", [])
    ]
    assert homes == ["app"]
    assert "replicas" not in compose["services"]["app"].get("deploy", {})
    [pod] = [one for one in documents(DEPLOY / "kubernetes" / "app.yaml") if one["kind"] == "Deployment"]
    assert (pod["spec"]["replicas"], pod["spec"]["strategy"]["type"]) == (1, "Recreate")


def test_a_container_is_given_longer_to_end_than_its_answers():
    compose = documents(DEPLOY / "compose.yaml")[0]["services"]["app"]
    [pod] = [one for one in documents(DEPLOY / "kubernetes" / "app.yaml") if one["kind"] == "Deployment"]
    grace = pod["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    seconds = float(compose["environment"]["APPRENTICE_SERVER_STOP_SECONDS"])
    assert int(compose["stop_grace_period"].rstrip("s")) >= seconds + 10
    assert grace >= seconds + 10


def expressions():
    dashboard = json.loads((DEPLOY / "grafana" / "apprentice.json").read_text())
    yield from (target["expr"] for panel in dashboard["panels"] for target in panel["targets"])
    for group in documents(DEPLOY / "alerts.yaml")[0]["groups"]:
        yield from (rule["expr"] for rule in group["rules"])


def test_every_metric_and_label_of_dashboard_and_alerts_is_given_by_the_server():
    metrics = Metrics()
    metrics.opinions(lambda: {"up": 0, "down": 0})
    metrics.work(lambda: 0, lambda: asdict(Counts()))
    families = {family.name for family in metrics.registry.collect()}
    labels = {label for made in vars(metrics).values() for label in getattr(made, "_labelnames", ())}
    for expression in expressions():
        for name in re.findall(r"apprentice_[a-z_]+|process_[a-z_]+", expression):
            assert re.sub(r"_(bucket|total|count|sum)$", "", name) in families, name
        for grouping in re.findall(r"sum by \(([^)]*)\)", expression):
            assert {one.strip() for one in grouping.split(",")} <= labels | {"le"}


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl builds the manifests")
def test_the_manifests_are_built():
    built = subprocess.run(
        ["kubectl", "kustomize", DEPLOY / "kubernetes"], capture_output=True, text=True, check=True, timeout=60
    )
    kinds = [one["kind"] for one in yaml.safe_load_all(built.stdout)]
    assert kinds.count("Deployment") == kinds.count("StatefulSet") == 2


def test_the_measured_figures_of_the_sizing_page_are_those_of_the_benchmarks():
    page = (DEPLOY / "SIZING.md").read_text(encoding="utf-8")
    results = {
        name: json.loads((ROOT / f"benchmarks/results/{name}.json").read_text())
        for name in ("answering", "ingest", "scale", "serving_engine")
    }
    answering, ingest, scale, engine = results.values()
    wanted = [
        f"{answering['from_documents']['total_seconds_page']} s",
        f"{answering['from_documents']['rails_and_retrieval_seconds']} s",
        f"{engine['engine, one stream, tokens/s']:.1f} / {engine['engine, eight streams, tokens/s']:.1f} |",
        f"| {ingest['passages_per_second']} |",
        f"{scale['10000']['p95_ms']} / {scale['100000']['p95_ms']} ms",
        f"{scale['10000']['memory_mib']} / {scale['100000']['memory_mib']} MiB",
        f"| {scale['100000']['indexed_per_second']} |",
        f"{(ROOT / 'finetune/grounded/adapter_model.safetensors').stat().st_size / 1e6:.1f} MB",
    ]
    assert [figure for figure in wanted if figure not in page] == []
