"""Whoever watches the house is answered while every page waits."""

from concurrent.futures import ThreadPoolExecutor

import httpx2
from sqlalchemy import text

from app.people.door import cookie_name
from tests.cast import Cast
from tests.machine import until
from tests.wall.world import administrator
from tests.web.test_connections import serving

SLOW = 60
STUCK = "select count(*) from pg_locks where not granted and relation = 'sign_in'::regclass"


def test_sixty_slow_pages_do_not_make_health_wait(app: object, cast: Cast) -> None:
    kai = {"Cookie": f"{cookie_name()}={cast.sign_in('kai')}"}
    with (
        administrator() as admin,
        serving(app, lifespan="off") as port,  # type: ignore[arg-type]
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers=kai, timeout=300) as pages,
        ThreadPoolExecutor(SLOW) as readers,
        admin.connect() as holding,
        admin.connect() as watching,
    ):
        holding.execute(text("lock table sign_in in access exclusive mode"))
        waiting = [readers.submit(pages.get, "/me") for _ in range(SLOW)]
        try:
            until(lambda: watching.execute(text(STUCK)).scalar_one() >= 20, what="Every connection in use")
            said = httpx2.get(f"http://127.0.0.1:{port}/healthz", timeout=5)
            again = httpx2.get(f"http://127.0.0.1:{port}/healthz", timeout=5)
            assert not any(each.done() for each in waiting)
        finally:
            holding.rollback()
        assert {said.json()["database"], again.json()["database"]} == {"ok"}
        assert all(each.result().status_code == 200 for each in waiting)
