"""Reads templates and code for words that stand outside gettext, the way a translator would look for them."""

import ast
import re
from collections.abc import Iterator

from jinja2 import nodes

from app.web.pages import environment
from app.web.static import STATIC_DIR
from infra.wordbook import MANY, ONE

SAID = ONE | MANY
# What a person reads or hears of an element that is not its text (HTML, WAI-ARIA).
HEARD = ("aria-label", "aria-description", "aria-placeholder", "aria-roledescription", "aria-valuetext", "title", "alt",
         "placeholder")  # fmt: skip
NAMES = frozenset({"Holdfast"})
CLASSES = frozenset(re.findall(r"\.([a-z][\w-]*)", (STATIC_DIR / "css" / "holdfast.css").read_text()))
FLAGS = frozenset({"checked", "open", "selected", "disabled", "required", "hidden", "multiple", "loop"})
NOT_READ = NAMES | CLASSES | FLAGS
_HOLE = "\ufffc"
_TAG = re.compile(r"<!--.*?-->|<!doctype[^>]*>|</?[a-zA-Z](?:\"[^\"]*\"|'[^']*'|[^'\">])*>", re.DOTALL)
_ATTRIBUTE = re.compile(r"([a-zA-Z-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_WORDS = re.compile(r"[A-Z][a-z’]|’|[a-z] [A-Z]|^ [a-z]+(?!-)\b|[a-z] $|[a-z]{2}[.?!]$|^[A-Z] ?$")
_SENTENCE = re.compile(r"^[A-Z“].*[ ].*[.?!”]$|^[^/<]*[A-Za-z]’[a-z]", re.DOTALL)


def bare_in_template(source: str) -> Iterator[str]:
    """Words of a template that no language but English will have: in text, in attributes, in constants."""
    tree = environment.parse(source)
    html = "".join(_pieces(tree))
    text = _ATTRIBUTE.sub("\n", _TAG.sub("\n", html))
    yield from (line.strip() for line in re.split(rf"[\n{_HOLE}]", text) if _read(line))
    for name, double, single in _ATTRIBUTE.findall(html):
        if name in HEARD and _read(double or single):
            yield f"{name}={double or single}".replace(_HOLE, "…")
    yield from (text for text in _constants(tree) if _WORDS.search(text) and not set(text.split()) <= NOT_READ)


def _read(text: str) -> bool:
    text = re.sub(r"&#?\w+;|^/[\w/-]+$", " ", text.strip())
    return any(word not in NAMES for word in _LETTERS.findall(text))


def _pieces(node: nodes.Node) -> Iterator[str]:
    """The template as it is written, in order, with a hole for each expression."""
    if isinstance(node, nodes.TemplateData):
        yield node.data
    elif isinstance(node, nodes.Expr):
        yield _HOLE
    elif isinstance(node, nodes.Block) and node.name.endswith("cls"):
        return
    else:
        for child in node.iter_child_nodes():
            yield from _pieces(child)


def _constants(node: nodes.Node) -> Iterator[str]:
    """Constant strings that are not given to gettext, nor only compared with or looked up by."""
    if isinstance(node, nodes.Const):
        if isinstance(node.value, str):
            yield node.value
        return
    if isinstance(node, nodes.Extends | nodes.Include | nodes.FromImport | nodes.Import | nodes.Compare | nodes.Test):
        return
    if isinstance(node, nodes.Getattr | nodes.Getitem):
        yield from _constants(node.node)
        return
    if isinstance(node, nodes.Pair):
        yield from _constants(node.value)
        return
    skipped: set[int] = set()
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in SAID:
        skipped = {id(arg) for arg in node.args if isinstance(arg, nodes.Const)}
    for child in node.iter_child_nodes():
        if id(child) not in skipped:
            yield from _constants(child)


# What takes words for a person, and as which argument; or by these names.
TELLS = {"Refused": 0, "NotAllowed": 0, "TooMany": 1, "send": 1}
TOLD_AS = frozenset({"sentence", "word", "a", "noun", "heading", "offer", "none_chosen", "label", "title"})
LOGS = frozenset({"debug", "info", "warning", "error", "exception", "critical"})


def bare_in_python(source: str) -> Iterator[str]:
    """Words of Python code that are for people and outside gettext.

    Surely for people: what those of `TELLS` (the subject of a mail too) and `messages` of a form are given, and
    `TOLD_AS` by name. Likely: any constant that is a sentence, except docstrings, log lines and what programmers are
    told (an exception that is not ours and begins small).
    """
    tree = ast.parse(source)
    yield from _bare(tree, _docstrings(tree))


def _docstrings(tree: ast.AST) -> set[int]:
    return {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def _bare(node: ast.AST, skipped: set[int], told: bool = False) -> Iterator[str]:
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str) and id(node) not in skipped:
            text = node.value
            if _SENTENCE.search(text) or (told and _read(text)):
                yield text
        return
    if isinstance(node, ast.Call):
        yield from _bare_call(node, skipped, told)
        return
    if isinstance(node, ast.Compare | ast.Subscript | ast.Assert):
        told = False
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        messages = any(isinstance(target, ast.Name) and target.id == "messages" for target in targets)
        if messages and isinstance(node.value, ast.Dict):
            for value in node.value.values:
                yield from _bare(value, skipped, told=True)
            return
    for child in ast.iter_child_nodes(node):
        yield from _bare(child, skipped, told)


def _bare_call(node: ast.Call, skipped: set[int], told: bool) -> Iterator[str]:
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    if name in LOGS or name in ("text", "op", "compile"):
        return
    for at, arg in enumerate(node.args):
        if name in SAID and isinstance(arg, ast.Constant):
            continue
        yield from _bare(arg, skipped, told=TELLS.get(name) == at)
    for keyword in node.keywords:
        yield from _bare(keyword.value, skipped, told=keyword.arg in TOLD_AS and name not in SAID)
