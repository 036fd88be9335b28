"""The words of an HTML body. One pass that only moves forward, so no markup makes it slow; what comes out is text."""

import html
import re

_NAME = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_NOT_SHOWN = {"head", "script", "style", "title", "template", "svg", "math", "noscript", "iframe", "object"}
_BREAKS = {
    "br", "p", "div", "li", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "hr", "blockquote",
    "section", "article", "dt", "dd", "pre", "header", "footer",
}  # fmt: skip
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|\shidden(?=[\s=>])", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\r\f\v\u00a0\u200b]+")


def html_text(markup: str) -> str:
    """Plain text of HTML: blocks become lines, what is never shown is left out, and so is what a mail program would
    hide."""
    lower = markup.lower()
    pieces: list[str] = []
    unclosed: set[str] = set()
    at = 0
    while True:
        tag = markup.find("<", at)
        if tag < 0:
            pieces.append(_words(markup[at:]))
            break
        pieces.append(_words(markup[at:tag]))
        found = _NAME.match(markup, tag)
        if markup.startswith("<!--", tag):
            end = _after(markup, "-->", tag)
        elif found or markup.startswith(("<!", "<?"), tag):
            end = _after(markup, ">", tag)
        else:
            pieces.append("<")
            at = tag + 1
            continue
        if end < 0:
            break
        name = found[2].lower() if found else ""
        opens = bool(found) and not (found and found[1])
        hidden = opens and name not in unclosed and bool(_HIDDEN.search(markup, tag, end))
        if opens and (name in _NOT_SHOWN or hidden):
            closing = lower.find(f"</{name}", end)
            if closing >= 0:
                end = _after(markup, ">", closing)
            if end < 0 or (closing < 0 and name in _NOT_SHOWN):
                break
            if closing < 0:
                unclosed.add(name)
        if name in _BREAKS:
            pieces.append("\n" if name != "p" or not found or found[1] else "\n\n")
        elif name in ("td", "th"):
            pieces.append(" ")
        at = end
    lines = (_SPACES.sub(" ", line).strip() for line in "".join(pieces).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _words(text: str) -> str:
    return html.unescape(text.replace("\r", " ").replace("\n", " "))


def _after(markup: str, mark: str, start: int) -> int:
    found = markup.find(mark, start)
    return found + len(mark) if found >= 0 else -1
