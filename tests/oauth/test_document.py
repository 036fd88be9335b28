"""The OpenAPI document says what the API does: schemathesis makes requests of it and looks at every answer."""

from collections import Counter

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis.errors import Unsatisfiable
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from app.kit.config import settings
from tests.oauth.conftest import StartFlow
from tests.oauth.test_api import with_picture

CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
FEW, MANY = 10, 150


@pytest.mark.timeout(1800)
def test_every_answer_is_as_the_document_says(
    app: object, flow: StartFlow, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking = flow()
    monkeypatch.setattr(settings(), "app_requests", 10**6)
    path = with_picture(asking.cast.memory(title="Shown", audience=("school",)), asking)
    token = asking.tokens()["access_token"]
    assert asking.api(token, "GET", path).status_code == 200
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)
    answers: Counter[int] = Counter()
    operations = [found.ok() for found in schema.get_all_operations()]
    for operation in operations:
        for mode in GenerationMode:

            @given(case=operation.as_strategy(generation_mode=mode))
            @hypothesis_settings(
                max_examples=MANY if request.config.getoption("--deep") else FEW,
                phases=[Phase.explicit, Phase.generate],
                deadline=None,
                derandomize=True,
                database=None,
                suppress_health_check=list(HealthCheck),
            )
            def answers_well(case: schemathesis.Case) -> None:
                case.headers = {
                    **{name: value for name, value in case.headers.items() if name.lower() != "authorization"},
                    "Authorization": f"Bearer {token}",
                }
                answer = case.call()
                answers[answer.status_code] += 1
                case.validate_response(answer, checks=CHECKS)

            try:
                answers_well()
            except Unsatisfiable:  # nothing can be wrong in a request that takes no parameter
                assert mode is GenerationMode.NEGATIVE and operation.path == "/api/v1/me"
    print(f"operations: {len(operations)}, requests: {sum(answers.values())}, answers: {dict(answers)}")
    assert len(operations) >= 5
    assert not any(status >= 500 for status in answers)


def test_the_document_has_examples_and_says_how_to_come_in(flow: StartFlow) -> None:
    said = flow().program.get("/api/v1/openapi.json").json()
    assert said["openapi"].startswith("3.1")
    flows = said["components"]["securitySchemes"]["box"]["flows"]["authorizationCode"]
    assert flows["tokenUrl"] == "http://localhost:8000/oauth/token"
    assert said["components"]["schemas"]["MemoryIn"]["examples"]
    assert said["components"]["schemas"]["About"]["examples"]
    known = flow().program.get("/.well-known/oauth-protected-resource/api/v1").json()
    assert known["authorization_servers"] == ["http://localhost:8000"]
