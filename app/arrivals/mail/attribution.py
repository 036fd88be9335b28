"""Where the mail that was answered or passed on begins: "On Tuesday … wrote:", "From: … Sent: …" and their kin."""

import re

_SEPARATOR = re.compile(
    r"^(?:[-_*]{2,} ?(?:original message|forwarded message|forwarded by .{1,80}|ursprüngliche nachricht"
    r"|weitergeleitete nachricht|message d'origine|message transféré|messaggio originale|messaggio inoltrato"
    r"|mensaje original|neges wreiddiol|neges wedi'i hanfon ymlaen|oryginalna wiadomość|wiadomość przekazana"
    r"|الرسالة الأصلية|رسالة معاد توجيهها) ?[-_*]{2,}"
    r"|(?:begin forwarded message|inizio messaggio inoltrato|début du message réexpédié)\s?:|[_-]{20,})$",
    re.IGNORECASE,
)
_DRAWN = re.compile(r"^[_-]{20,}$")
_WROTE = re.compile(
    r"^(?:on|am|le|el|op|il|em|ar|w dniu|dnia|den|في|يوم)\b.{6,300}"
    r"(?:wrote|schrieb.{0,120}|écrit|escribió|escreveu|schreef.{0,120}|scritto|ysgrifennodd.{0,120}|napisał\(?a?\)?"
    r"|pisze|skrev.{0,120}|كتب.{0,120}|بواسطة.{0,120})\s?:?$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")
_DATE = re.compile(r"\d{4}-\d\d-\d\d|\b\d{1,2}[:.]\d\d\b|\b(?:19|20)\d\d\b|\d{1,2}[./]\d{1,2}[./]\d{2,4}|[٠-٩]{2,}")
_FIELD = re.compile(
    r"^\*?(?:sent|date|to|cc|subject|gesendet|datum|an|betreff|envoyé|à|objet|inviato|data|a|oggetto|enviado|para|asunto"
    r"|verzonden|aan|onderwerp|anfonwyd|at|pwnc|wysłano|do|temat|التاريخ|إلى|الموضوع)\*? ?:",
    re.IGNORECASE,
)
_FROM = re.compile(r"^\*?(?:from|von|de|da|van|oddi wrth|od|من)\*? ?: ?\S", re.IGNORECASE)
_NEAR = 6


def begins_history(lines: list[str], *, answers: bool) -> int:
    """The number of the first line of a mail that was answered or passed on; len(lines) when there is none.

    What is quoted with ">" and answered in between is no end. `answers`: the header says that there is such a mail.
    """
    quoted = max((at for at, line in enumerate(lines) if line.lstrip().startswith(">")), default=-1)
    said = max((at for at, line in enumerate(lines) if line.strip() and not line.lstrip().startswith(">")), default=-1)
    for number in range(len(lines)):
        if _is_block(lines, number, answers):
            return number
        answered_below = number < quoted < said
        if not answered_below and is_attribution(lines, number, answers=answers):
            return number
    return len(lines)


def is_attribution(lines: list[str], number: int, *, answers: bool) -> bool:
    """Whether this line, or it and the next, says who wrote what follows: three signs, or two in what answers."""
    line = lines[number].strip()
    if not 8 <= len(line) <= 400 or line.startswith(">"):
        return False
    said = line
    if not line.endswith(":"):
        after = lines[number + 1].strip() if number + 1 < len(lines) else ""
        if not after.endswith(":") or len(after) > 160:
            return False
        said = f"{line} {after}"
    dated = bool(_DATE.search(said))
    signed = dated and bool(_ADDRESS.search(said))
    signs = bool(_WROTE.match(said)) + dated + 2 * signed + 2 * _is_quoted_below(lines, number)
    return (signed or bool(_WROTE.match(said))) and signs + answers >= 3


def _is_quoted_below(lines: list[str], number: int) -> bool:
    near = (each for each in lines[number + 1 : number + _NEAR] if each.strip() and not each.rstrip().endswith(":"))
    return next(near, "").lstrip().startswith(">")


def _is_block(lines: list[str], number: int, answers: bool) -> bool:
    """Whether "From:" and its kin begin here, or a line drawn above them."""
    line = lines[number].strip()
    drawn, begins = bool(_SEPARATOR.match(line)), bool(_FROM.match(line))
    if not (drawn or begins):
        return False
    near = [each.strip() for each in lines[number + 1 : number + 1 + _NEAR] if each.strip()]
    fields = sum(bool(_FIELD.match(each) or (drawn and _FROM.match(each))) for each in near)
    if drawn:
        return fields >= 2 or (not _DRAWN.match(line) and fields + answers >= 1)
    return fields >= 3 or (fields >= 2 and (answers or any(_ADDRESS.search(each) for each in (line, *near))))
