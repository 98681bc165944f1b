"""The OpenAPI document, and whether the interface keeps to it whatever is sent."""

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from tests.assistant.api.v1.conftest import served, speaking
from tests.assistant.doubles import SpokenModel

schema = schemathesis.pytest.from_fixture("described")


@pytest.fixture(scope="module")
def described(assembled):
    app = served(speaking(assembled, SpokenModel(["Good morning to you."])))
    return schemathesis.openapi.from_asgi("/v1/openapi.json", app)


@schema.parametrize()
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_whatever_is_sent_the_interface_keeps_to_its_document(case):
    case.call_and_validate(headers={"Host": "127.0.0.1"})


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
