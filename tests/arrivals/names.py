"""A name server (RFC 1035) on loopback that knows only what it is told."""

import socket
import threading

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset


class NameServer:
    """`server.txt["_dmarc.school.example"] = ["v=DMARC1; p=none"]`; a name in `silent` gets SERVFAIL.

    Other types: `server.records["mail.example", "A"] = ["192.0.2.1"]`, as a zone file writes them.
    """

    def __init__(self) -> None:
        self.txt: dict[str, list[str]] = {}
        self.records: dict[tuple[str, str], list[str]] = {}
        self.silent: set[str] = set()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._stopped = False
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped = True
        self._socket.close()

    def _serve(self) -> None:
        while not self._stopped:
            try:
                asked, peer = self._socket.recvfrom(4096)
                self._socket.sendto(self._answer(asked), peer)
            except OSError:
                return

    def _answer(self, asked: bytes) -> bytes:
        query = dns.message.from_wire(asked)
        question = query.question[0]
        name = b".".join(question.name.labels).decode("latin-1").rstrip(".").lower()
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.AA | dns.flags.RA
        for _ in range(20):  # a name that leads back to itself is answered too
            alias = self.records.get((name, "CNAME"))
            if not alias:
                break
            answer.answer.append(dns.rrset.from_text(name + ".", 60, "IN", "CNAME", *alias))
            name = alias[0].rstrip(".").lower()
        owner = dns.name.from_text(name) if answer.answer else question.name
        kind = dns.rdatatype.to_text(question.rdtype)
        if name in self.silent:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif kind == "TXT" and name in self.txt:
            for text in self.txt[name]:
                pieces = " ".join(_quoted(text[at : at + 250]) for at in range(0, len(text) or 1, 250))
                answer.answer.append(dns.rrset.from_text(owner, 60, "IN", "TXT", pieces))
        elif (name, kind) in self.records:
            answer.answer.append(dns.rrset.from_text(owner, 60, "IN", kind, *self.records[name, kind]))
        elif name not in self.txt and not any(name == known for known, _ in self.records):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer.to_wire()


def _quoted(text: str) -> str:
    """A character-string as a zone file writes it (RFC 1035, 5.1)."""
    shown = "".join(chr(each) if 32 <= each < 127 and each not in b'"\\' else f"\\{each:03d}" for each in text.encode())
    return f'"{shown}"'
