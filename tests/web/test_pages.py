import re
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from fastapi.testclient import TestClient
from starlette.requests import Request

from app.kit import clock
from app.web import drawings, pages, words
from app.web.static import STATIC_DIR


def html(source: str, **context: object) -> str:
    return pages.environment.from_string(source).render(context)


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0:00"), (72, "1:12"), (372.4, "6:12"), (3723, "1:02:03"), (-4, "0:00"), (59.6, "1:00")]
)
def test_lengths_of_time(seconds: float, said: str) -> None:
    assert words.clock_words(seconds) == said


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1 KB"),
        (84_300_000, "84 MB"),
        (999_600, "1 MB"),
        (2_340_000_000, "2.3 GB"),
    ],
)
def test_sizes(size: int, said: str) -> None:
    assert words.size_words(size) == said


def test_days_drop_this_year_and_moments_count_in_london(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: date(2026, 7, 17))
    assert words.day(date(2026, 8, 31)) == "31 August"
    assert words.day(date(2020, 5, 16)) == "16 May 2020"
    assert words.day(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)) == "1 July"


def test_how_long_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: date(2026, 7, 17))
    now = datetime(2026, 7, 17, 14, 40, tzinfo=UTC)
    assert words.ago_words(now) == "today at 3:40"
    assert words.ago_words(now - timedelta(days=1)) == "yesterday"
    assert words.ago_words(now - timedelta(days=3)) == "Tuesday"
    assert words.ago_words(now - timedelta(days=7)) == "10 July"
    assert words.ago_words(now + timedelta(days=2)) == "19 July"
    assert words.ago_words(datetime(2020, 5, 16, tzinfo=UTC)) == "16 May 2020"


def test_a_page_has_one_main_a_skip_link_and_hides_on_itself() -> None:
    page = html(
        '{% extends "layouts/base.html" %}{% from "shared/macros.html" import tabs as bar %}'
        "{% block title %}My people{% endblock %}{% block main %}Hello{% endblock %}"
        '{% block tabs %}{{ bar("people") }}{% endblock %}',
        look={"theme": "moss", "cover": "hills", "mode": "dark"},
    )
    assert "<title>My people · Holdfast</title>" in page
    assert 'data-theme="moss" data-cover="hills" data-mode="dark"' in page
    assert page.count("<main") == 1
    assert 'class="skip" href="#main"' in page
    assert (
        '<aside id="away" class="away" aria-label="Hidden"><form autocomplete="off" method="post" action="/away/open">'
        in page
    )
    assert '<a href="/people" aria-current="page">' in page
    assert page.count("aria-current") == 1


def test_without_a_look_the_page_follows_the_phone() -> None:
    page = html('{% extends "layouts/plain.html" %}')
    assert 'data-theme="tide" data-cover="tide">' in page
    assert 'class="tabs"' not in page
    assert 'id="away"' not in page


def test_a_picture_offers_every_size_and_its_preview() -> None:
    media = SimpleNamespace(
        width=4000,
        height=3000,
        alt='Nan & "Biscuit"',
        preview_uri="data:image/webp;base64,AAAA",
        sources={"avif": [("/m/1/400.avif", 400)], "jpeg": [("/m/1/400.jpg", 400), ("/m/1/800.jpg", 800)]},
    )
    source = '{% from "shared/macros.html" import picture %}{{ picture(media, "46vw") }}'
    page = html(source, media=media)
    assert '<source type="image/avif" sizes="46vw" srcset="/m/1/400.avif 400w">' in page
    assert 'srcset="/m/1/400.jpg 400w, /m/1/800.jpg 800w" width="4000" height="3000"' in page
    assert 'alt="Nan &amp; &#34;Biscuit&#34;" loading="lazy" decoding="async"' in page
    assert '<img class="tiny" src="data:image/webp;base64,AAAA"' in page
    media.preview_uri, media.sources = None, {"jpeg": [("/m/1/400.jpg", 400)]}
    assert "tiny" not in html(source, media=media)


def test_a_wave_is_split_where_it_was_heard_and_keeps_its_loudest() -> None:
    drawn = drawings.wave([0, 255] * 500, part=0.25, bars=40)
    played, dim = drawn.split('class="dim"')
    assert (played.count("M"), dim.count("M")) == (10, 30)
    assert "2.0V38.0" in played
    assert drawings.wave([]).count("M") == 64


def test_a_route_needs_no_points_and_escapes_its_label() -> None:
    assert "<path" not in drawings.route([])
    assert "<path" not in drawings.route([(0.5, 0.5)])
    drawn = drawings.route([(0, 0), (0.5, 0.5), (1, 1)], 0.5, [(0.5, 0.5)], label='Nan"s <b>')
    assert 'aria-label="Nan&#34;s &lt;b&gt;"' in drawn
    assert drawn.count("<path") == 2
    assert drawn.count("way-stop") == 1


def test_every_icon_a_template_names_is_drawn() -> None:
    drawn = set(re.findall(r'id="i-([a-z0-9]+)"', (STATIC_DIR / "icons.svg").read_text()))
    for file in pages.TEMPLATES_DIR.rglob("*.html"):
        for name in re.findall(r"""\bi\(["']([a-z0-9]+)["']""", file.read_text()):
            assert name in drawn, f"{file.name}: {name}"


def test_a_named_fragment_is_what_htmx_gets(client: TestClient) -> None:
    def ask(*headers: tuple[bytes, bytes]) -> str:
        request = Request({"type": "http", "method": "GET", "path": "/", "headers": list(headers), "query_string": b""})
        words_ = SimpleNamespace(title="T", what="W", safe="S", do="D")
        answer = pages.render(
            request, "errors/page.html", fragment="errors/_word.html", words=words_, code="", status=418
        )
        assert (answer.status_code, answer.headers["Vary"]) == (418, "HX-Request")
        return bytes(answer.body).decode()

    assert "<html" in ask()
    assert "<html" not in ask((b"hx-request", b"true"))
