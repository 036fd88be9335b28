"""What someone wrote this time: without the mail they answered, their signature block and their school's disclaimer."""

import re

LONGEST = 20_000

_HISTORY = (
    re.compile(
        r"^-{2,} ?(?:original message|forwarded message|ursprüngliche nachricht|message d'origine) ?-{2,}$",
        re.IGNORECASE,
    ),
    re.compile(r"^(?:on|am|le|el|op|il) .{6,200}(?:wrote|schrieb|écrit|escribió|schreef|scritto)\s?:$", re.IGNORECASE),
    re.compile(r"^_{20,}$"),
)
_SENT = re.compile(r"^\*?(?:sent|date|to|subject)\*?:", re.IGNORECASE)
_FROM = re.compile(r"^\*?from\*?: ?\S", re.IGNORECASE)
_ON = re.compile(r"^(?:on|am|le) .{6,}", re.IGNORECASE)
_FROM_A_PHONE = re.compile(
    r"^(?:sent from (?:my|outlook|mail|yahoo)|get outlook for|von meinem .{1,30} gesendet)", re.IGNORECASE
)
_DISCLAIMER = re.compile(
    r"^\W*(?:disclaimer|confidentiality|privacy notice|please consider the environment"
    r"|(?:this|the(?: information in this| contents of this)?|any) (?:e-?mail|message|communication|transmission)\b"
    r".{0,160}(?:confidential|intended|privileged|addressee|virus)|if you (?:have received|are not the intended))",
    re.IGNORECASE | re.DOTALL,
)


def own_words(body: str) -> str:
    """The writer's own words of a plain-text body. When nothing would be left, all of it: a forward is words too."""
    lines = [line.rstrip() for line in body.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    kept: list[str] = []
    for number, line in enumerate(lines):
        if line in ("--", "-- ") or _begins_history(lines, number):
            break
        if line.lstrip().startswith(">") or _FROM_A_PHONE.match(line.strip()):
            continue
        kept.append(line)
    words = _without_disclaimer(_tidied(kept))
    return (words or _tidied(lines))[:LONGEST].strip()


def _begins_history(lines: list[str], number: int) -> bool:
    line = lines[number].strip()
    if any(pattern.match(line) for pattern in _HISTORY):
        return True
    following = [each.strip() for each in lines[number + 1 : number + 5]]
    if _FROM.match(line):
        return sum(bool(_SENT.match(each)) for each in following) >= 2
    # "On Tuesday … Kai" and "wrote:" on the next line
    return bool(_ON.match(line)) and bool(following) and bool(re.fullmatch(r".{0,120}\bwrote:", following[0]))


def _without_disclaimer(words: str) -> str:
    paragraphs = words.split("\n\n")
    for number, paragraph in enumerate(paragraphs):
        if number and _DISCLAIMER.match(paragraph):
            return "\n\n".join(paragraphs[:number])
    return words


def _tidied(lines: list[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
