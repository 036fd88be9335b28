import pytest
from fastapi.testclient import TestClient


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://testserver"},
        {"Origin": "http://testserver:80"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
    ],
)
def test_our_own_pages_may_post(client: TestClient, headers: dict[str, str]) -> None:
    assert client.post("/things", headers=headers).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://testserver.evil.example"},
        {"Origin": "http://testserver:8001"},
        {"Origin": "null"},
        {"Origin": "http://[bad"},
        {"Origin": "file://testserver"},
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nobody_else_may(client: TestClient, headers: dict[str, str], method: str) -> None:
    answer = client.request(method, "/things", headers=headers)
    assert answer.status_code == 403
    assert "didn’t come from a page of ours" in answer.text
    assert "Nothing was changed." in answer.text


def test_reading_needs_no_proof(client: TestClient) -> None:
    assert client.get("/recorder", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_a_token_endpoint_carries_its_own_proof_and_only_that_path_does(client: TestClient) -> None:
    assert client.post("/oauth/token").status_code == 200
    assert client.post("/oauth/tokens").status_code == 403
    assert client.post("/oauth").status_code == 403


def test_a_script_is_told_in_json(client: TestClient) -> None:
    answer = client.post("/things", headers={"Accept": "application/json"})
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
