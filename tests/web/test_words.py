"""Everything that is read on screen can be said in another language."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from starlette.testclient import TestClient

from app.kit.config import PROJECT
from app.kit.language import CATALOGUES, ENGLISH, LANGUAGES
from app.web.language import COOKIE
from infra.wordbook import Message, in_python, in_template, lacking, messages, read, update, wrong
from tests.web.wording import bare_in_python, bare_in_template

# What programs, their makers and the one who runs the house read, each in English.
NOT_FOR_PEOPLE = (
    "app/cli.py", "app/verify.py", "app/demo", "app/kit", "app/operate",
    "app/oauth/api", "app/oauth/asking.py", "app/oauth/client.py", "app/oauth/command.py", "app/oauth/endpoints.py",
    "app/oauth/grants.py", "app/oauth/server.py",
    "app/arrivals/mail/setup_help.py", "app/arrivals/mail/setup_sending.py",
)  # fmt: skip


def within(file: Path, places: tuple[str, ...]) -> bool:
    path = file.relative_to(PROJECT).as_posix()
    return any(path == place or path.startswith(place + "/") for place in places)


def files(*endings: str) -> list[Path]:
    return [path for path in sorted((PROJECT / "app").rglob("*")) if path.suffix in endings]


def test_no_template_holds_words_that_cannot_be_translated() -> None:
    templates = [path for path in files(".html", ".txt") if "templates" in path.parts]
    bare = [f"{path.name}: {words}" for path in templates for words in bare_in_template(path.read_text())]
    print(f"templates looked through for bare words: {len(templates)}")
    assert len(templates) > 25
    assert bare == []


@pytest.mark.parametrize(
    "template",
    [
        "<p>Hello</p>",
        "<p>{{ name }} can see it</p>",
        '<a aria-label="Back">{{ i }}</a>',
        "<input placeholder='Your name'>",
        '<img alt="{{ name }} waving">',
        '{{ say("lock", "Only you see it.") }}',
        '{{ row("/me", "Me") }}',
        '{{ "Me" if mine else name }}',
        '{{ "until " ~ day }}',
        '{{ name ~ " is here" }}',
        '{{ _("%(who)s let %(whom)s in", who="Somebody", whom=name) }}',
        "{% set title = 'My people' %}",
        "{% block title %}My people{% endblock %}",
        '{% for key, word in {"a": "Open now"}.items() %}{% endfor %}',
        "{% trans %}Yes{% endtrans %} or no",
    ],
)
def test_bare_words_are_noticed_in_a_template(template: str) -> None:
    assert list(bare_in_template(template))


@pytest.mark.parametrize(
    "template",
    [
        '<p class="soft {{ cls }}">{{ _("Hello") }} {{ name }} · 12</p>',
        "<p>{% trans who=name %}{{ who }} can <b>see</b> it{% endtrans %}</p>",
        '{{ say("lock", _("Only you see it."), "more-gap") }}{{ i("next", "s go flip") }}',
        '<input type="email"{{ " checked" if x }} name="Email" data-box="{{ box }}">',
        '{% extends "layouts/app.html" %}{% block cls %}plain-page{% endblock %}',
        "<title>{% block title %}{% endblock %} · Holdfast</title>",
    ],
)
def test_what_is_said_rightly_in_a_template_is_left_alone(template: str) -> None:
    assert list(bare_in_template(template)) == []


def test_no_code_holds_sentences_that_cannot_be_translated() -> None:
    """Honestly: what is surely for people, and what reads like a sentence. A single bare word can still get by."""
    code = [path for path in files(".py") if not within(path, NOT_FOR_PEOPLE)]
    bare = [f"{path.name}: {words}" for path in code for words in bare_in_python(path.read_text())]
    print(f"modules looked through for bare sentences: {len(code)}")
    assert len(code) > 35
    assert bare == []


@pytest.mark.parametrize(
    "code",
    [
        'raise Refused("gone")',
        'raise NotAllowed(f"{name} decides.")',
        'raise TooMany(60, "wait")',
        'raise Refused("Gone." if late else gettext("Soon."))',
        'class F(Form):\n    messages = {"name.missing": "type it"}',
        'TAKEN = "That one is taken."',
        'ledger(session, sentence=f"You let {name} in.")',
        'outbox.send(to, "for you", body)',
        'errors = {"email": "Please type it."}',
        'Kind(word="Photo")',
    ],
)
def test_bare_words_are_noticed_in_code(code: str) -> None:
    assert list(bare_in_python(code))


@pytest.mark.parametrize(
    "code",
    [
        'raise Refused(gettext("Gone."))',
        'raise NotAllowed(gettext("%(name)s decides.", name=name))',
        'def f():\n    """Say it. Then go."""\n    log.warning("It broke. Again.")',
        'TAKEN = N_("That one is taken.")',
        'raise ValueError("not a date we keep")',
        'connection.execute(text("select what from here. Or there."))',
        'Kind(word=N_("Photo"), fields=ngettext("One thing.", "Two things.", 2))',
    ],
)
def test_what_is_said_rightly_in_code_is_left_alone(code: str) -> None:
    assert list(bare_in_python(code)) == []


def test_no_script_of_ours_says_anything_of_its_own() -> None:
    spoken = re.compile(r"""["'`][A-Z“][^"'`/<>{}]*[a-z’]+ [^"'`]*["'`]""")
    scripts = sorted((PROJECT / "app/static/js").rglob("*.js"))
    said = [f"{path.name}: {words}" for path in scripts for words in spoken.findall(uncommented(path.read_text()))]
    assert said == []
    assert spoken.findall('words.textContent = "No signal. Try again.";')


def uncommented(script: str) -> str:
    return re.sub(r"^\s*(//|\*|/\*).*$", "", script, flags=re.MULTILINE)


def test_every_message_is_found_where_it_stands() -> None:
    assert list(in_template('{{ _("One") }}{% trans n=n %}{{ n }} day{% pluralize %}{{ n }} days{% endtrans %}')) == [
        Message("One"),
        Message("%(n)s day", "%(n)s days"),
    ]
    assert list(in_template("{% trans who=a.b %}\n  {{ who }} is\n  here\n{% endtrans %}")) == [
        Message("%(who)s is here")
    ]
    assert list(in_template("{{ _(label) }}")) == []
    assert set(in_python('x = f"{gettext(\'Two\')} {y}"; N_("Thr" "ee"); ngettext("a", "b", n); gettext(z)')) == {
        Message("Two"),
        Message("Three"),
        Message("a", "b"),
    }
    assert len(messages()) > 200


HEADER = Path.read_text(CATALOGUES / "cy.po").split("\n\n", 1)[0]


def test_a_catalogue_that_is_not_right_is_told(tmp_path: Path) -> None:
    file = tmp_path / "cy.po"
    found = {
        Message("%(name)s is <b>in</b>"): {"b.html"},
        Message("Old %(num)s", "Olds %(num)s"): {"a.html"},
        Message("New"): {"a.py"},
    }
    file.write_text(
        f'{HEADER}\n\n#, fuzzy\nmsgid "New"\nmsgstr "Newydd"\n\nmsgid "Gone"\nmsgstr "Wedi mynd"\n\n'
        'msgid "%(name)s is <b>in</b>"\nmsgstr "Mae %(enw)s <i>i mewn</i>"\n'
    )
    assert list(wrong(file, found)) == [
        "missing: Old %(num)s",
        "said nowhere: Gone",
        "fuzzy: New",
        "other parts than in English: %(name)s is <b>in</b> -> Mae %(enw)s <i>i mewn</i>",
    ]
    update(file, found)
    assert "Gone" not in file.read_text()
    assert "Holdfast in Welsh. Awaiting a native reader." in file.read_text()
    assert [line for line in wrong(file, found) if "translated" in line] == ["not translated: Old %(num)s"]
    written = file.read_text()
    update(file, found)
    assert file.read_text() == written


def test_a_form_may_say_its_number_as_a_word_and_nothing_else_may_go(tmp_path: Path) -> None:
    file, message = tmp_path / "cy.po", Message("%(num)s of %(name)s", "%(num)s of %(name)s’s")

    def said(last: str) -> list[str]:
        catalog = Catalog(locale="cy")
        forms = ["%(num)s gan %(name)s"] * (catalog.num_plurals - 1)
        lines = "".join(f'msgstr[{at}] "{form}"\n' for at, form in enumerate([*forms, last]))
        file.write_text(f'{HEADER}\n\nmsgid "{message.one}"\nmsgid_plural "{message.many}"\n{lines}')
        return list(wrong(file, {message: {"a.py"}}))

    assert said("un gan %(name)s") == []
    assert said("%(num)s gan neb") != []
    assert said("%(num)s gan %(name)s a %(other)s") != []
    assert said("%(num)s gan %(name)s, 5%") != []
    assert said("%(num)s gan <b>%(name)s</b>") != []
    assert said("") == [f"not translated: {message.one}"]


def test_every_translation_is_right() -> None:
    """What is not translated yet is said in English: `infra/words --check` refuses that before a release."""
    found = messages()
    for language in sorted(set(LANGUAGES) - {ENGLISH}):
        file = CATALOGUES / f"{language}.po"
        lines = list(wrong(file, found))
        left = [line for line in lines if lacking(line)]
        print(f"{language}: {len(found)} messages, {len(left)} behind; {read(file).num_plurals} plural forms")
        assert [line for line in lines if line not in left] == []
        assert "Awaiting a native reader" in file.read_text()


Speaking = Callable[[str], TestClient]


@pytest.fixture
def speaking(app: object) -> Speaking:
    """A browser where nobody is signed in and this language was chosen."""

    def open_browser(language: str) -> TestClient:
        client = TestClient(app, base_url="http://localhost", follow_redirects=False)  # type: ignore[arg-type]
        client.cookies.set(COOKIE, language)
        return client

    return open_browser


def test_a_page_says_its_language_and_which_way_it_is_written(speaking: Speaking) -> None:
    assert '<html lang="ar" dir="rtl"' in speaking("ar").get("/sign-in").text
    assert '<html lang="cy" dir="ltr"' in speaking("cy").get("/sign-in").text
    for unknown in ("", "tlh", "../ar", "AR", "x" * 5000):
        assert '<html lang="en-GB" dir="ltr"' in speaking(unknown).get("/sign-in").text


@pytest.mark.usefixtures("marked_words")
def test_what_a_language_lacks_is_said_in_english(speaking: Speaking) -> None:
    page = speaking("cy").get("/sign-in").text
    assert "⟦Open my box⟧" in page
    assert "⟦Send me a link⟧" not in page
    assert "Send me a link" in page


@pytest.mark.usefixtures("marked_words")
@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/link", "/sign-in/link/nonsense", "/language", "/nonsense"])
def test_a_page_of_marked_words_has_no_other(speaking: Speaking, path: str) -> None:
    client = speaking("ar")
    page = client.get(path).text
    assert "⟦" in page
    assert list(bare_in_template(re.sub("⟦[^⟧]*⟧", "", within_main(page)))) == []


@pytest.mark.usefixtures("marked_words")
def test_what_a_form_and_an_error_say_is_said_in_the_language_too(speaking: Speaking) -> None:
    client = speaking("ar")
    client.headers["Sec-Fetch-Site"] = "same-origin"
    assert (
        "⟦Please type a whole email, like kai@example.org.⟧" in client.post("/sign-in/link", data={"email": "x"}).text
    )
    assert "⟦Please type your email.⟧" in client.post("/sign-in/link").text
    answer = client.get("/nonsense", headers={"Accept": "application/json"}).json()
    assert answer["title"] == "⟦We can’t find that page⟧"
    client.headers["Sec-Fetch-Site"] = "cross-site"
    assert "⟦We stopped that, because it didn’t come from a page of ours.⟧" in client.post("/sign-in/link").text


def within_main(page: str) -> str:
    """A page without the languages' own names, which are the same in every language."""
    return re.sub(r'<(button|bdi)[^>]* lang="[^"]+"[^>]*>[^<]*', "", page)


def test_what_depends_on_the_language_is_kept_by_nobody_and_files_do_not_depend_on_it(speaking: Speaking) -> None:
    for path in ("/sign-in", "/nonsense", "/language"):
        assert speaking("ar").get(path).headers["Cache-Control"] == "no-store"
    styles = speaking("ar").get("/static/css/holdfast.css")
    assert "cookie" not in styles.headers.get("vary", "").lower()
    assert "language" not in styles.headers.get("vary", "").lower()
    assert styles.content == speaking("cy").get("/static/css/holdfast.css").content
