import logging
import uuid

import pytest
from fastapi.testclient import TestClient

from tests.web.conftest import OURS, SECRET


@pytest.mark.parametrize("extra", [{}, {"HX-Request": "true"}, {"Accept": "application/json"}])
def test_unknown_invisible_and_nonsense_are_one_404_byte_for_byte(client: TestClient, extra: dict[str, str]) -> None:
    invisible = client.get(f"/things/{uuid.uuid4()}", headers=extra)
    for path in ("/no-such-page", "/things/nonsense", "/things/%00", f"/things/{uuid.uuid4()}?q=1", "/static/none.css"):
        other = client.get(path, headers=extra)
        assert (other.status_code, other.content) == (404, invisible.content), path
        assert other.headers == invisible.headers, path


def test_the_404_page_carries_no_path_and_no_id(client: TestClient) -> None:
    assert "no-such-page" not in client.get("/no-such-page").text


def test_refusals_say_what_happened_what_is_safe_and_what_to_do(client: TestClient) -> None:
    forbidden = client.get("/forbidden")
    assert (forbidden.status_code, "Only Kai can change this." in forbidden.text) == (403, True)
    refused = client.post("/refused", headers=OURS)
    assert (refused.status_code, "That file is empty, so there is nothing to keep." in refused.text) == (422, True)
    assert "What you typed should still be there." in refused.text
    tired = client.get("/tired")
    assert (tired.status_code, tired.headers["retry-after"]) == (429, "90")
    assert "Wait 2 minutes, then try again." in tired.text
    wrong = client.delete("/recorder", headers=OURS)
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET")


def test_htmx_gets_a_word_beside_the_page_and_not_in_place_of_it(client: TestClient) -> None:
    answer = client.get("/forbidden", headers={"HX-Request": "true"})
    assert answer.headers["HX-Retarget"] == "#oops"
    assert "<html" not in answer.text
    assert "Only Kai can change this." in answer.text


def test_a_break_is_a_page_with_a_code_that_is_in_the_log(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answer = client.get("/broken?name=Kai")
    assert answer.status_code == 500
    assert "Everything that was saved is still saved." in answer.text
    assert "Content-Security-Policy" in answer.headers
    [record] = [r for r in caplog.records if r.name == "holdfast.errors"]
    code = record.getMessage().split()[1]
    assert code in answer.text
    assert "/broken" in record.getMessage()
    assert "ValueError" in record.getMessage()


def test_the_log_holds_nothing_a_person_wrote(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = client.get("/broken?name=Kai")
    assert SECRET not in answer.text
    ours = "\n".join(r.getMessage() for r in caplog.records if r.name.startswith("holdfast"))
    assert SECRET not in ours
    assert "name=Kai" not in ours


def test_programs_get_problem_json(client: TestClient) -> None:
    answer = client.get("/api/broken")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 500
    assert client.get("/api/none").json()["status"] == 404


def test_a_body_over_the_limit_is_refused_and_a_larger_one_is_let_through_where_files_go(client: TestClient) -> None:
    small, large, huge = (b"x" * size for size in (1_500, 5_000, 20_000))
    assert client.post("/echo", content=small, headers=OURS).status_code == 200
    refused = client.post("/echo", content=large, headers=OURS)
    assert (refused.status_code, "too big" in refused.text) == (413, True)
    assert client.post("/big/echo", content=large, headers=OURS).json() == {"bytes": 5_000}
    assert client.post("/big/echo", content=huge, headers=OURS).status_code == 413
    assert client.post("/bigger", content=large, headers=OURS).status_code == 413


def test_a_body_that_does_not_say_its_length_is_counted(client: TestClient) -> None:
    answer = client.post("/big/echo", content=(b"x" * 4_000 for _ in range(4)), headers=OURS)
    assert (answer.status_code, "too big" in answer.text) == (413, True)
