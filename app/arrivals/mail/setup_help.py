"""What still stands between a domain and the mail door: MX, addresses, and the conversation on port 25."""

import ipaddress
import smtplib
import ssl
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from secrets import token_hex

from cryptography import x509

from app.arrivals.mail.checks import ascii_domain
from app.arrivals.mail.dns import NameTrouble, values
from app.arrivals.mail.findings import Finding, advice, good, missing
from app.arrivals.mail.setup_sending import sending
from app.kit.clock import now
from app.kit.config import settings

SMTP_PORT = 25
SECONDS = 10
SOON = timedelta(days=14)


def look(domain: str, selectors: Sequence[str] = (), port: int = SMTP_PORT) -> Iterator[Finding]:
    """Everything that mail to givers' addresses at `domain`, and our own mail, still lacks.

    `selectors` are the names under which the outgoing server's DKIM keys stand in DNS. `port` is where the outside
    reaches the door.
    """
    name = ascii_domain(domain)
    if not name:
        yield missing(f"“{domain}” is not a domain. It looks like this: box.example.org.")
        return
    if name != settings().mail_domain.lower():
        yield missing(f"Holdfast gives out addresses at {settings().mail_domain}. Set MAIL_DOMAIN={name}.")
    for part in (coming_in(name, port), sending(selectors)):
        try:
            yield from part
        except NameTrouble:
            yield missing("A name server does not answer just now, so the rest could not be looked up. Try again.")


def coming_in(domain: str, port: int) -> Iterator[Finding]:
    """Whether the world's mail servers find the door, and what it says to them. Raises NameTrouble."""
    servers = sorted(values(domain, "MX"))
    if not servers:
        yield missing(
            f"Nothing says where mail for {domain} goes. Add to its DNS:  {domain}.  MX  10  mail.{domain}."
            "  (with the name of the machine that takes mail in)"
        )
        return
    if [host.rstrip(".") for _, host in servers] == [""]:
        yield missing(f"The DNS of {domain} says that it takes no mail (a null MX, RFC 7505). Replace that MX record.")
        return
    for _, host in servers:
        yield from _server(host.rstrip("."), domain, port)


def _server(host: str, domain: str, port: int) -> Iterator[Finding]:
    yield good(f"Mail for {domain} goes to {host}.")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        yield missing(f"The MX of {domain} is an address ({host}). It has to be a name that has that address.")
        return
    addresses = [address for kind in ("A", "AAAA") for address in values(host, kind)]
    if not addresses:
        yield missing(f"{host} has no address. Add an A record (and an AAAA record, if the machine has IPv6).")
        return
    for address in addresses:
        if not ipaddress.ip_address(address).is_global:
            yield missing(f"{host} has the address {address}, which nobody outside can reach.")
        yield from _name_of(address, host)
        yield from _conversation(host, address, domain, port)


def _name_of(address: str, host: str) -> Iterator[Finding]:
    """The PTR record, and whether it leads back (RFC 1912, 2.1)."""
    backwards = ipaddress.ip_address(address).reverse_pointer
    names = [str(each).rstrip(".") for each in values(backwards, "PTR")]
    leads_back = [name for name in names if address in values(name, "A") + values(name, "AAAA")]
    if leads_back:
        yield good(f"{address} is called {leads_back[0]}, and that name leads back to it.")
    elif names:
        yield advice(
            f"{address} is called {names[0]}, and that name does not lead back. Call it {host} (a PTR record)."
        )
    else:
        yield advice(
            f"{address} has no name. If it also sends mail, ask whoever gave you the address to call it {host}"
            " (a PTR record): many servers take no mail from an address without a name."
        )


def _conversation(host: str, address: str, domain: str, port: int) -> Iterator[Finding]:
    where = f"{host} ({address}), port {port},"
    try:
        with smtplib.SMTP(address, port, timeout=SECONDS) as client:
            yield good(f"{where} answers.")
            client.ehlo()
            yield from _size(client, where)
            yield from _strangers(client, domain, where)
        with smtplib.SMTP(address, port, timeout=SECONDS) as client:
            client.ehlo()
            yield from _encryption(client, host, where)
    except smtplib.SMTPException as error:
        yield missing(f"{where} does not talk as a mail server does ({type(error).__name__}).")
    except OSError as error:
        yield missing(
            f"{where} does not answer ({error.strerror or 'no answer in time'}). Is the mail door running, is SMTP_HOST"
            " an address that the outside reaches, and does the firewall let the port through? Some providers open"
            " port 25 only when they are asked."
        )


def _encryption(client: smtplib.SMTP, host: str, where: str) -> Iterator[Finding]:
    if not client.has_extn("starttls"):
        yield missing(f"{where} offers no encryption (STARTTLS). Mail would travel as open as a postcard.")
        return
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    client.docmd("STARTTLS")
    assert client.sock is not None
    with context.wrap_socket(client.sock, server_hostname=host) as secure:
        shown = secure.getpeercert(binary_form=True)
    client.close()
    certificate = x509.load_der_x509_certificate(shown or b"")
    if not {host.lower(), "*." + host.lower().partition(".")[2]} & _names_in(certificate):
        yield advice(
            f"{where} encrypts, with a certificate that is not for {host}. Get one that is, and set MAIL_TLS_CERT and"
            " MAIL_TLS_KEY: servers that insist on the right name send nothing otherwise."
        )
        return
    left: timedelta = certificate.not_valid_after_utc - now()
    if left < timedelta():
        yield advice(f"{where} encrypts, with a certificate that ended on {_day(certificate.not_valid_after_utc)}.")
    elif left < SOON:
        yield advice(f"{where} encrypts; its certificate ends on {_day(certificate.not_valid_after_utc)}. Renew it.")
    else:
        yield good(f"{where} encrypts, with a certificate for {host}.")


def _names_in(certificate: x509.Certificate) -> set[str]:
    """The names a certificate is for (RFC 6125)."""
    try:
        alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    return {name.lower() for name in alternatives.get_values_for_type(x509.DNSName)}


def _size(client: smtplib.SMTP, where: str) -> Iterator[Finding]:
    wanted = settings().mail_max_bytes
    announced = client.esmtp_features.get("size", "")
    if not announced.isdecimal():
        yield advice(f"{where} does not say how large a message may be (SIZE).")
    elif 0 < int(announced) < wanted:
        yield advice(
            f"{where} takes messages of up to {int(announced) // 1024**2} MB; Holdfast takes {wanted // 1024**2} MB"
            " (MAIL_MAX_BYTES). In Postfix it is message_size_limit."
        )
    else:
        yield good(f"{where} takes messages of up to {wanted // 1024**2} MB.")


def _strangers(client: smtplib.SMTP, domain: str, where: str) -> Iterator[Finding]:
    client.mail("")
    code, _ = client.rcpt(f"{token_hex(16)}@{domain}")
    if code < 400:
        yield advice(
            f"{where} takes mail for addresses that nobody has, and would have to send it back later, to people who"
            " never wrote it. Let it ask the mail door first (infra/postfix shows how)."
        )
    elif code < 500:
        yield advice(f"{where} asks to try again later when an address is unknown. It should say 550 at once.")
    else:
        yield good(f"{where} refuses addresses that nobody has.")


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"
