"""What someone wrote this time: without the mail they answered, their signature block and their school's disclaimer.

Every rule here is a guess, so each needs more than one sign, and the whole is kept beside what it leaves out.
"""

import re

from app.arrivals.mail.attribution import begins_history, is_attribution

MOST_READ = 1_000_000
MOST_OF_A_SIGNATURE = 30  # lines
MOST_AFTER_A_MARK = 10  # lines after the signature mark "-- "
MOST_OF_A_DISCLAIMER = 40  # lines
LONGEST_DISCLAIMER = 8_000

_FOOTER = re.compile(
    r"^(?:sent from (?:my |outlook|mail\b|yahoo|samsung|the |proton|gmail|a )|sent (?:via|using|with) |get outlook for "
    r"|von meinem .{1,30} gesendet|gesendet (?:von|mit) |inviato da(?:l mio)? |envoyé de(?:puis)? (?:mon|ma) "
    r"|anfonwyd o fy |wysłan[oe] z |enviado desde |verzonden vanaf |أُ?رسلت من |تم الإرسال من )[^.!?]{0,60}\.?$",
    re.IGNORECASE,
)
_PICTURE_MARK = re.compile(
    r"\[(?:image|cid|inline image \d+|inline-bild|obraz|صورة) ?: ?[^\]\n]{1,200}\]", re.IGNORECASE
)
_DISCLAIMER = re.compile(
    r"^[\W_]*(?:disclaimer|confidentiality|privacy notice|please consider the environment|nota di riservatezza"
    r"|avis de confidentialité|aviso legal|vertraulichkeitshinweis|this communication"
    r"|(?:this|the(?: information in this| contents of this)?|any) (?:e-?mail|message|transmission)\b"
    r"|if you (?:have received|are not the intended))",
    re.IGNORECASE,
)
_LEGAL = re.compile(
    r"confidential|privileged|addressee|intended (?:solely |only )?(?:for|recipient)|not the intended|unauthori[sz]ed"
    r"|disclos|\bvirus|liabilit|monitored|in error|delete (?:it|this)|distribut|copying|notify (?:the|us)|legal"
    r"|environment|before printing|riservat|confidentiel|confidencial|vertraulich|registered in|company number",
    re.IGNORECASE,
)
CLOSING = (
    r"(?:(?:with )?(?:(?:my|our|very|kind|kindest|best|warm|warmest|many) )*(?:regards|wishes|thanks)"
    r"|yours(?: sincerely| faithfully| truly)?|sincerely(?: yours)?|cheers|thank you|thanks"
    r"|(?:mit )?(?:freundlichen|viele|liebe) grüßen?|cordialement|(?:cordiali|distinti) saluti|(?:un )?saludos?"
    r"|met vriendelijke groet|cofion(?: gorau| cynnes)?|pozdrawiam|z poważaniem|مع (?:أطيب )?التحي(?:ة|ات))[ ,.!،]*"
)
_CLOSING = re.compile(f"^{CLOSING}$", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.\w|www\.|https?://", re.IGNORECASE)
_NUMBER = re.compile(
    r"\b(?:tel|telephone|phone|mobile|mob|fax|ext|direct|switchboard|[tfmpe])\b ?[.:]|\+?\d[\d ()/-]{8,}\d",
    re.IGNORECASE,
)
_LINK = re.compile(r"<?https?://[^\s<>]*>?|\[[^\]\n]*\]\(\S*\)")
_SENTENCE = re.compile(r"^(?:\S+ ){4,}\S+[.!?]$")
# Controls, lone surrogates and overrides of direction; never joiners, which words and faces are made with.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def whole_words(body: str) -> str:
    """All of a plain-text body as it can be shown: line ends as one sort, no controls."""
    return _tidied(_lines(body))


def own_words(body: str, *, answers: bool = False, forwards: bool = False) -> str:
    """The writer's own words in the first MOST_READ letters of a plain-text body; all of them where none would be left.

    `answers`: its header says that it answers another, so what is quoted in it is not its own. In a mail that
    `forwards` another, the words of the one inside are what it is about: they follow, one level deep.
    """
    lines = [_PICTURE_MARK.sub("", line).rstrip(" ") if "[" in line else line for line in _lines(body[:MOST_READ])]
    begins = begins_history(lines, answers=answers or forwards)
    words = _said(lines[:begins], answers=answers or begins < len(lines))
    if forwards and (inside := own_words("\n".join(_without_addresses(lines[begins:])), answers=True)):
        words = f"{words}\n\n{inside}".strip()
    return words or _tidied(lines)


def _lines(body: str) -> list[str]:
    return body.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _said(lines: list[str], *, answers: bool) -> str:
    """Without what is quoted, a signature, a footer and a disclaimer. Answers between quoted lines stay."""
    if answers:
        lines = [
            line
            for number, line in enumerate(lines)
            if not line.lstrip().startswith(">") and not is_attribution(lines, number, answers=True)
        ]
    lines = _without_mark(lines)
    lines = _without_footer(_tidied(_without_disclaimer(_tidied(lines).split("\n"))).split("\n"))
    return _tidied(_without_signature(lines))


def _without_addresses(lines: list[str]) -> list[str]:
    """What follows the lines that say what is forwarded, by whom and to whom."""
    block = re.compile(r"^[\W_]*$|^-{2,}.*-{2,}$|^\*?[^\W\d][\w ()]{0,30}\*? ?: |^[^:]{1,60}:$")
    at = 0
    while at < len(lines) and block.match(lines[at].strip()):
        at += 1
    return lines[at:]


def _without_mark(lines: list[str]) -> list[str]:
    """Up to the last "-- " (RFC 3676, 4.3) when little follows; the space may be lost where an address follows."""
    last = max((at for at, line in enumerate(lines) if line in ("-- ", "--")), default=None)
    if last is None:
        return lines
    rest = [each.strip() for each in lines[last + 1 :] if each.strip()]
    reached = sum(bool(_ADDRESS.search(each) or _NUMBER.search(each)) for each in rest)
    signs = (lines[last] == "-- ") + (reached > 0) + (not any(_SENTENCE.match(each) for each in rest))
    return lines[:last] if len(rest) <= MOST_AFTER_A_MARK and signs >= 2 and reached + (lines[last] == "-- ") else lines


def _without_footer(lines: list[str]) -> list[str]:
    """Without what a phone's mail program puts under everything."""
    at = len(lines)
    while at and (not lines[at - 1].strip() or _FOOTER.match(_LINK.sub("", lines[at - 1]).strip())):
        at -= 1
    return lines[:at]


def _without_disclaimer(lines: list[str]) -> list[str]:
    """Without paragraphs at the end that begin as disclaimers do and speak as they do, in at least two ways."""
    first = max(1, len(lines) - MOST_OF_A_DISCLAIMER)
    for number in range(first, len(lines)):
        apart = not re.search(r"[^\W_]", lines[number - 1])  # an empty line, or a drawn one
        if not apart or not _DISCLAIMER.match(lines[number]):
            continue
        rest = "\n".join(lines[number:])
        if len(rest) > LONGEST_DISCLAIMER:
            continue
        paragraphs = re.split(r"\n\s*\n", rest)
        signs = {found.lower() for found in _LEGAL.findall(paragraphs[0])}
        drawn = bool(lines[number - 1].strip())
        if len(signs) + drawn >= 2 and signs and all(_LEGAL.search(each) or not _speaks(each) for each in paragraphs):
            return lines[: number - 1]
    return lines


def _speaks(paragraph: str) -> bool:
    return any(_SENTENCE.match(line) for line in paragraph.split("\n"))


def _without_signature(lines: list[str]) -> list[str]:
    """Up to the name under "Kind regards"; what comes then goes only when it is plainly how to reach somebody."""
    filled = [at for at, line in enumerate(lines) if line.strip()]
    for place in range(max(0, len(filled) - MOST_OF_A_SIGNATURE - 2), len(filled) - 1):
        if not _CLOSING.match(lines[filled[place]].strip()):
            continue
        name, rest = filled[place + 1], [lines[at].strip() for at in filled[place + 2 :]]
        spoken = any(_SENTENCE.match(each) or re.match(r"p\.? ?s\b", each, re.IGNORECASE) for each in rest)
        links = sum(bool(_ADDRESS.search(each)) for each in rest)
        numbers = sum(bool(_NUMBER.search(each)) for each in rest)
        if not spoken and _is_a_name(lines[name]) and (numbers or links) and numbers + links + len(rest) >= 3:
            return lines[: name + 1]
    return lines


def _is_a_name(line: str) -> bool:
    words = line.strip(" ,*_").split()
    return 0 < len(words) <= 6 and not line.rstrip().endswith((".", "!", "?", ":"))


def _tidied(lines: list[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", _CONTROL.sub("", "\n".join(line.rstrip() for line in lines))).strip()
