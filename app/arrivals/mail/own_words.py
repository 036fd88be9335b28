"""What someone wrote this time: without the mail they answered, their signature block and their school's disclaimer."""

import re

LONGEST = 20_000
MOST_READ = 1_000_000
MOST_OF_A_SIGNATURE = 30  # lines

_HISTORY = (
    re.compile(
        r"^-{2,} ?(?:original message|forwarded message|forwarded by .{1,80}|ursprüngliche nachricht|message d'origine"
        r"|messaggio originale|mensaje original) ?-{2,}$",
        re.IGNORECASE,
    ),
    re.compile(r"^(?:on|am|le|el|op|il) .{6,200}(?:wrote|schrieb|écrit|escribió|schreef|scritto)\s?:$", re.IGNORECASE),
    re.compile(
        r"^(?:begin forwarded message|inizio messaggio inoltrato|début du message réexpédié)\s?:$", re.IGNORECASE
    ),
    re.compile(r"^_{20,}$"),
)
_SENT = re.compile(
    r"^\*?(?:sent|date|to|cc|subject|gesendet|datum|an|betreff|envoyé|à|objet|inviato|data|a|oggetto|enviado|para|asunto"
    r"|verzonden|aan|onderwerp)\*? ?:",
    re.IGNORECASE,
)
_FROM = re.compile(r"^\*?(?:from|von|de|da|van)\*? ?: ?\S", re.IGNORECASE)
_ON = re.compile(r"^(?:on|am|le) .{6,}", re.IGNORECASE)
_FROM_A_PHONE = re.compile(
    r"^(?:sent from (?:my|outlook|mail|yahoo)|get outlook for|von meinem .{1,30} gesendet"
    r"|inviato da(?:l mio)? |envoyé de mon )",
    re.IGNORECASE,
)
_DISCLAIMER = re.compile(
    r"^[\W_]*(?:disclaimer|confidentiality|privacy notice|please consider the environment|nota di riservatezza"
    r"|avis de confidentialité|aviso legal|vertraulichkeitshinweis"
    r"|(?:this|the(?: information in this| contents of this)?|any) (?:e-?mail|message|communication|transmission)\b"
    r".{0,160}(?:confidential|intended|privileged|addressee|virus)|if you (?:have received|are not the intended))",
    re.IGNORECASE | re.DOTALL,
)
_CLOSING = re.compile(
    r"^(?:(?:with )?(?:(?:my|our|very|kind|kindest|best|warm|warmest|many) )*(?:regards|wishes|thanks)"
    r"|yours(?: sincerely| faithfully| truly)?|sincerely(?: yours)?|cheers|thank you|thanks"
    r"|(?:mit )?(?:freundlichen|viele|liebe) grüßen?|cordialement|(?:cordiali|distinti) saluti|(?:un )?saludos?"
    r"|met vriendelijke groet)[ ,.!]*$",
    re.IGNORECASE,
)
_HOW_TO_REACH = re.compile(
    r"@|https?://|www\.|\b(?:tel|telephone|phone|mobile|mob|fax|ext|direct|switchboard|[tfmpe])\b ?[.:]"
    r"|\+?\d[\d ()/-]{8,}\d",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_SENTENCE = re.compile(r"^(?:\S+ ){4,}\S+[.!?]$")


def own_words(body: str, *, forwards: bool = False) -> str:
    """The writer's own words of a plain-text body. When nothing would be left, all of it.

    In a mail that `forwards` another, the words of the one inside are what it is about: they follow, one level deep.
    """
    lines = [line.rstrip() for line in body[:MOST_READ].replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    begins = next((number for number in range(len(lines)) if _begins_history(lines, number)), len(lines))
    words = _said(lines[:begins])
    if forwards and (inside := own_words("\n".join(_without_addresses(lines[begins:])))):
        words = f"{words}\n\n{inside}".strip()
    return (words or _tidied(lines))[:LONGEST].strip()


def _said(lines: list[str]) -> str:
    kept: list[str] = []
    for line in lines:
        if line in ("--", "-- "):
            break
        if line.lstrip().startswith(">") or _FROM_A_PHONE.match(line.strip()):
            continue
        kept.append(line)
    return _tidied(_without_signature(_without_disclaimer(_tidied(kept).split("\n"))))


def _begins_history(lines: list[str], number: int) -> bool:
    line = lines[number].strip()
    if any(pattern.match(line) for pattern in _HISTORY):
        return True
    following = [each.strip() for each in lines[number + 1 : number + 6] if each.strip()]
    if _FROM.match(line):
        return sum(bool(_SENT.match(each)) for each in following) >= 2
    # "On Tuesday … Kai" and "wrote:" on the next line
    return bool(_ON.match(line)) and bool(following) and bool(re.fullmatch(r".{0,120}\bwrote:", following[0]))


def _without_addresses(lines: list[str]) -> list[str]:
    """What follows the lines that say what is forwarded, by whom and to whom."""
    at = 0
    while at < len(lines) and (
        not lines[at].strip() or _begins_history(lines, at) or _FROM.match(lines[at]) or _SENT.match(lines[at])
    ):
        at += 1
    return lines[at:]


def _without_disclaimer(lines: list[str]) -> list[str]:
    for number in range(1, len(lines)):
        apart = not re.search(r"[^\W_]", lines[number - 1])  # an empty line, or a drawn one
        if apart and _DISCLAIMER.match("\n".join(lines[number : number + 4])):
            return lines[: number - 1]
    return lines


def _without_signature(lines: list[str]) -> list[str]:
    """Up to the name under "Kind regards"; what comes then goes only when it is plainly how to reach somebody."""
    for number, line in enumerate(lines):
        if not _CLOSING.match(line.strip()):
            continue
        name = next((at for at in range(number + 1, len(lines)) if lines[at].strip()), len(lines))
        rest = [each.strip() for each in lines[name + 1 :] if each.strip()]
        spoken = any(_SENTENCE.match(each) or re.match(r"p\.? ?s\b", each, re.IGNORECASE) for each in rest)
        if not spoken and len(rest) <= MOST_OF_A_SIGNATURE and any(_HOW_TO_REACH.search(each) for each in rest):
            return lines[: name + 1]
    return lines


def _tidied(lines: list[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", _CONTROL.sub("", "\n".join(lines))).strip()
