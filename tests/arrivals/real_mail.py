"""What each of the 55 real messages in ../shared/corpora/mail holds, read by eye from the raw message."""

from typing import Any, NamedTuple


class Holds(NamedTuple):
    """A title that ends in … is only how it begins. The words begin with `begins`, hold every one of `holds`, and
    none of `not_hers` (history, footers, markup). `files` are (name, bytes once decoded), in the order they come,
    without logos that the HTML points at.
    """

    title: str
    begins: str
    holds: tuple[str, ...] = ()
    not_hers: tuple[str, ...] = ()
    files: tuple[tuple[str, int], ...] = ()

    def misread(self, told: dict[str, Any]) -> list[str]:
        """What `tests.arrivals.reading` told that is not so."""
        title, words = told["title"], told["words"]
        whole, dots, _ = self.title.partition("…")
        found = [] if title == self.title or (dots and title.startswith(whole)) else [f"title {title}"]
        if not words.startswith(self.begins) or (words and not (self.begins or self.holds)):
            found.append(f"words {words[:80]}")
        found += [f"lacks {each}" for each in self.holds if each not in words]
        found += [f"has {each}" for each in self.not_hers if each in words]
        if told["files"] != [list(each) for each in self.files]:
            found.append(f"files {told['files']}")
        return found


_TAX_NEWS = ("Информируем Вас об имеющейся задолженности.", "инспектор ФНС РФ Егор Суворов.", "Валерия Зеновина")
_LONG_NAME = (
    "Prokuratura Rejonowa Warszawa-Śródmieście północ sygn. 2Ds. 137414 - RSK pracowników Skarbowych NSZZ Solidarność"
    " - Zarządzenie o odmowie dopuszczenia SOWP do udziału w postepowaniu.pdf"
)
_REST = ("all-the-words.txt", 36983)  # what is longer than a page shows
# Nobody wrote it: a report that a mail came back.
NOBODYS = "mail_malformed_2"
_MISSED = "The above line is similar to the boundary but miss a final space, so it"

REAL_MAIL = {
    "mail_malformed_1": Holds(
        "immagine", "--Sent from my iPhone", not_hers=("\n",), files=(("20160523_916527.jpg_.zip", 86908),)
    ),
    # A machine's report of a mail that came back: what it says, without the parts that are for machines.
    "mail_malformed_2": Holds(
        "Delivery failure (abh@netpar.com.br)",
        "Your message has encountered delivery problems\nto the following recipient(s):",
        ("User's mailbox quota exceeded",),
        ("Reporting-MTA", "Reynaldo"),
        (("DSN57BAC498.txt", 215),),
    ),
    # The parts go by another boundary than the one announced.
    "mail_malformed_3": Holds(
        "Ahorre Dinero en su Recibo de Luz",
        "Problemas para visualizar",
        ("calefactores de nanotecnologia", "Toallero Térmico de Pared con 3 colgantes plateados"),
        ("GlSzQZUbRbpVOpy", "bgColor", "Content-Type", "<td"),
    ),
    # Not a message at all: a file that Outlook saved.
    "mail_outlook_1": Holds("", "", not_hers=("\0",), files=(("message.eml", 165376),)),
    "mail_test_1": Holds("письмо уведом-е", "Налогоплательщик!", _TAX_NEWS, files=(("ФНС_РФ558.zip", 8932), _REST)),
    "mail_test_2": Holds(
        "Bollettino Meteorologico del 29/11/2015",
        "Ufficio Meteorologico - Servizio Centro Funzionale",
        ("rinforzo della ventilazione sulla nostra regione", "Domani e martedì la rimonta", "Attendibilità: 3/6"),
        files=(("intestazione.jpg", 9918), ("logometeo.jpg", 7321), ("Bollettino.pdf", 1089942)),
    ),
    "mail_test_3": Holds(
        "Hi there",
        "I am sending you the bills of the goods we delivered to you in the attachment",
        not_hers=("WatchGuard",),
        files=(("message.txt", 374),),
    ),
    "mail_test_4": Holds(
        "PI",
        "Dear All,",
        ("We have made the payment of USD 103,349,35.", "Booking Reference Number: B210154", "Anabel Gonzalo"),
        ("Certified ISO", "www.fanox.com", "T. +34"),
        (("Payment Invoice.zip", 350899),),
    ),
    "mail_test_5": Holds(
        "Je prépare mon été zéro complexe !",
        "Si ce message ne s'affiche pas correctement, veuillez cliquer",
        ("* Offre valable du 8 mars au 8 avril 2017",),
        files=(("mailingassets_d68799cd6301c7f5731a3c42946e528bcb78eb84.jpg", 137791),),
    ),
    "mail_test_6": Holds(
        "Быстрее вкладывайте в золото!",
        "Профиль",
        ("Профессионалы.ru — ведущая деловая сеть", "Все права защищены"),
        ("href", "cid:"),
        (("file.png", 118622),),
    ),
    # An answer in Italian: her question, without her office's block, its notice and three letters before it.
    "mail_test_7": Holds(
        "I: Ordine",
        "Ciao sere mi puoi dire se il mio cliente deve fare questa dichiarazione?",
        not_hers=("Nota di riservatezza", "Buongiorno Mariachiara", "Alessandra", "MM Lampadari", "Legislative Decree"),
        files=(
            ("image001.jpg", 2478),
            ("image002.jpg", 2057),
            ("image003.jpg", 1832),
            ("20170609091403417.pdf", 34470),
        ),
    ),
    "mail_test_8": Holds(
        "Have you ever wanted to land on an Aircraft Carrier",
        '"The Perfect Filler Between Real World Flying"',
        ("20,000+ Real Airports With changeable Weather", "Enjoy Real-Life Flying Today"),
        ("Guitar", "Typewriter", "<td"),
    ),
    # It says gb2312 and uses characters that only its larger sisters have.
    "mail_test_9": Holds("我把镜头拉近些，你们看看这个是什么…", "http://go2buy.com.cn/", ("13:33:39",)),
    "mail_test_10": Holds(
        "*** ATTENZIONE *** - Modelli POWER7+ inclusi nella campagna Move To Eight",
        "Gentili Business Partner, vi segnalo che oggi è stato annunciato un",
        ("Lo sconto\naddizionale del 5% verrà riconosciuto", "Nicoletta Bernasconi"),
        files=(("file.gif", 27271), ("file.gif", 50194), ("file.gif", 7962), ("Move To Eight ZWEP6227F.pdf", 140061)),
    ),
    "mail_test_11": Holds("письмо уведом-е", "Налогоплательщик!", _TAX_NEWS, files=((_LONG_NAME, 8932), _REST)),
    # It says GB2312 and is UTF-8.
    "mail_test_12": Holds(
        "代开各地增值税发票", "你好！我公司可代开各类增值税发票，17%专用发票，3%普通发票", ("此信息永久有效望存",)
    ),
    "mail_test_13": Holds(
        "New Webinar: So, You Have A Disaster... Now What?",
        "Upcoming Webinar – So, You Have A Disaster... Now What?",
        ("As continuity professionals, we’re always waiting for a disaster to occur.",),
        ("=E2=80",),
    ),
    "mail_test_14": Holds("Test", "HTML here\n\nPlaintext here.", not_hers=("Foo",), files=(("file.png", 8),)),
    "mail_test_15": Holds(
        "Urgent Request for Order Quotation",
        "Dear Sirs/Madame",
        ("enclosed RFQ in PDF document.", "With kind regards,\nEllis"),
        ("begin 644", "=2E"),
        (("REQUEST FOR QUOTE.zip", 251141),),
    ),
    "mail_test_16": Holds(
        "Test spam mail (GTUBE)",
        "This is the GTUBE, the\n",
        ("You should send this test mail from an account outside of your network.",),
    ),
    "mail_test_17": Holds("Transferencia Interbancaria Banca en Línea", "Test", not_hers=("\n", "charset")),
    "mail_test_18": Holds(
        "Test for Comma and Name Bugs",
        "This is a test email body.",
        ("The 'Cc' header has a mix of simple and encoded addresses.",),
    ),
    "mail_test_19": Holds(
        "Test email with email address as display name",
        "This email tests parsing of address headers where the display name is itself",
        ("(RFC non-compliant but common in real-world mail).",),
    ),
    "mime4j-bad-newlines-multiple-parts-base64.msg": Holds(
        "a multipart message/rfc822 which has been base64-encoded", "Text body", not_hers=("multi-part", "--")
    ),
    "mime4j-bad-newlines-multiple-parts.msg": Holds("", "Text body", not_hers=("multi-part", "--")),
    # Somebody sent the source of a message as text: then text is what it is.
    "mime4j-base64-encoded-text.msg": Holds(
        "a multipart message/rfc822 which has been base64-encoded as plain text",
        'Content-Type: multipart/mixed; boundary="------------299A70B339B65A93542D2AE"',
        ("Text body", "That was a multi-part message in MIME format."),
    ),
    "mime4j-base64encoded-rfc822message-nested.msg": Holds(
        "the body is a base64 encode rfc822 message including another base64 encoded rfc822 message",
        "a simple rfc822 message encoded in a base64 body.",
        not_hers=("Text body",),
        files=(("message.eml", 91),),
    ),
    "mime4j-base64encoded-rfc822message.msg": Holds(
        "a simple rfc822 message encoded in a base64 body.", "Text body", not_hers=("charset",)
    ),
    "mime4j-basic-plain-very-long-lines.msg": Holds(
        "Simple Subject",
        "This is a very simple message with a simple body and no weird things at\nall.",
        ("this is a very very long line this is a very very long line", "\n\nDone."),
    ),
    "mime4j-basic-plain-with-bad-header-separator.msg": Holds(
        "Simple Subject",
        "This is a very simple message with a simple body but the separator",
        ("This results in a bogus header.",),
        ("Date",),
    ),
    "mime4j-basic-plain.msg": Holds(
        "Simple Subject", "This is a very simple message with a simple body and no weird things at\nall."
    ),
    "mime4j-boundary-name-clash.msg": Holds(
        "test",
        "Please see attachment for report Daily_Stats-2022-05-12-0700",
        not_hers=("\n", "JVBER"),
        files=(("Daily_Stats-2022-05-12-0700.pdf", 31),),
    ),
    # RFC 2046, 5.1.1: whatever follows a boundary on its line is not looked at.
    "mime4j-ending-boundaries.msg": Holds("", "first part", not_hers=("NOTE TO IMPLEMENTORS", "Content-Type")),
    "mime4j-example.msg": Holds(
        "This is an example of a multipart mixed email with image content",
        "Licensed to the Apache Software Foundation (ASF) under one",
        ("limitations\nunder the License.",),
        ("Rhubarb",),
        (("blob.png", 355), ("rhubarb.txt", 3073)),
    ),
    "mime4j-intermediate-boundaries.msg": Holds(
        "",
        "first part\n\nfrom the rfc:",
        ("--boundary\n... that should be ignored", "end of part"),
        ("epilouge", "preamble"),
    ),
    "mime4j-malformedHeader-nocrlfcrlf.msg": Holds("this is a subject", "", ("Body text",)),
    "mime4j-malformedHeader-noheader.msg": Holds(
        "", "This is a simple message not having headers.\nThe whole text should be recognized as body."
    ),
    "mime4j-malformedHeaderStartsBody-nocrlfcrlf.msg": Holds("this is a subject", "", ("Body text",)),
    "mime4j-malformedHeaderStartsBody-noheader.msg": Holds(
        "", "This is a simple message not having headers.\nThe whole text should be recognized as body."
    ),
    "mime4j-misplaced-boundary.msg": Holds(
        "",
        "This should be a text including the --boundary\nstring and should not be parsed as multiple bodies",
        not_hers=("epilouge",),
    ),
    "mime4j-missing-boundary.msg": Holds("", "AAA", not_hers=("\n",)),
    "mime4j-missing-inner-boundary.msg": Holds("", "Foo\n\nAAA", not_hers=("preamble", "epilouge")),
    "mime4j-missing-inner-start-boundary.msg": Holds("", "Foo\n\nAAA", not_hers=("preamble", "epilouge", "--")),
    # Parts with nothing in them: nothing is what they say.
    "mime4j-multipartdigestnestedemptyparts.msg": Holds("", "", not_hers=("multi-part", "pilogue")),
    "mime4j-multipartemptypart.msg": Holds("", "", not_hers=("multi-part", "pilogue")),
    "mime4j-multipartnestedemptyparts.msg": Holds("", "", not_hers=("multi-part", "pilogue")),
    "mime4j-multipartnestedemptypartsnorfc822.msg": Holds("", "", not_hers=("multi-part", "pilogue")),
    # No part at all: better the note for old mail programs than nothing.
    "mime4j-multipartnopart.msg": Holds("", "This is a multi-part message in MIME format with no parts."),
    "mime4j-obsolete.msg": Holds(
        "The obsolete syntax allow spaces before the colon and also empty lines in folding.", "body", not_hers=("WSP",)
    ),
    "mime4j-qp-body.msg": Holds("subject", "7bit content with euro € symbol"),
    "mime4j-russian-headers.msg": Holds("A simple subject", "", not_hers=("body",), files=(("Список.doc", 16),)),
    "mime4j-simple-attachment.msg": Holds(
        "Here is the attachment I was waiting for.", "Body.", not_hers=("\n",), files=(("data.bin", 1024),)
    ),
    "mime4j-very-long-boundary.msg": Holds(
        "", "Text body", (_MISSED, "should be part of the body."), ("multipart", "epilogue")
    ),
    "mime4j-very-very-long-boundary.msg": Holds(
        "", "Text body", (_MISSED, "should be part of the body."), ("multipart", "epilogue")
    ),
    "mime4j-weird-boundary.msg": Holds(
        "", "Text body", (_MISSED, "should be part of the body."), ("multipart", "epilogue")
    ),
}  # fmt: skip
