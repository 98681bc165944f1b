"""The OpenAPI document, and whether the interface keeps to it whatever is sent."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from assistant.api.v1.app import application
from tests.assistant.api.v1.conftest import served, speaking
from tests.assistant.doubles import SpokenModel

OPERATIONS = [
    ("POST", "/chat/completions"),
    ("GET", "/models"),
    ("GET", "/models/{name}"),
    ("POST", "/embeddings"),
    ("POST", "/documents"),
    ("GET", "/documents"),
    ("GET", "/documents/{document_id}"),
    ("DELETE", "/documents/{document_id}"),
    ("POST", "/search"),
    ("POST", "/feedback"),
    ("GET", "/adapters"),
    ("GET", "/adapters/{name}"),
    ("POST", "/adapters/{name}/promote"),
    ("POST", "/adapters/rollback"),
]


@pytest.fixture(scope="module")
def described(assembled):
    app = served(speaking(assembled, SpokenModel(["Good morning to you."])))
    return schemathesis.openapi.from_asgi("/v1/openapi.json", app)


WRONG = [
    ("POST", "/chat/completions"),
    ("POST", "/embeddings"),
    ("GET", "/documents"),
    ("POST", "/search"),
    ("POST", "/feedback"),
    ("POST", "/adapters/{name}/promote"),
]
"""Those that can be asked in a wrong way; to the others any path is right, and the parts of a form are always text."""
UNSAYABLE = {
    "nothing_asked", "no_collection", "collection_name", "dimensions", "bad_input", "unreadable_file",
    "unsupported_format",
}  # fmt: skip
"""Reasons for a refusal that no JSON schema can tell beforehand."""


def keeps_to_its_document(case):
    answer = case.call()
    unsayable = answer.status_code in (400, 415) and answer.json()["error"]["code"] in UNSAYABLE
    case.validate_response(answer, excluded_checks=[positive_data_acceptance] if unsayable else [])


def tried(operation, mode):
    """Send 25 examples."""
    many = settings(
        max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
    )
    many(given(operation.as_strategy(generation_mode=mode))(keeps_to_its_document))()


@pytest.mark.slow
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_whatever_is_sent_the_interface_keeps_to_its_document(described, method, path):
    tried(described[path][method], GenerationMode.POSITIVE)


@pytest.mark.slow
@pytest.mark.parametrize(("method", "path"), WRONG)
def test_what_is_not_as_the_document_says_is_refused(described, method, path):
    tried(described[path][method], GenerationMode.NEGATIVE)


def test_every_operation_is_tried(assembled):
    document = application(assembled).openapi()
    there = {(method.upper(), path) for path, operations in document["paths"].items() for method in operations}
    assert there == set(OPERATIONS)


def test_every_error_is_described_as_an_error_object(api):
    document = api().client.get("/v1/openapi.json").json()
    assert document["servers"] == [{"url": "/v1"}]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert "422" not in operation["responses"], (method, path)
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    described = response["content"]["application/json"]["schema"]
                    assert described == {"$ref": "#/components/schemas/Error"}, (method, path, status)
