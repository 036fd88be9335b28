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
    """`server.txt["_dmarc.school.example"] = ["v=DMARC1; p=none"]`; a name in `silent` gets SERVFAIL."""

    def __init__(self) -> None:
        self.txt: dict[str, list[str]] = {}
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
        name = question.name.to_text(omit_final_dot=True).lower()
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.AA | dns.flags.RA
        if name in self.silent:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif question.rdtype == dns.rdatatype.TXT and name in self.txt:
            for text in self.txt[name]:
                pieces = " ".join(f'"{text[at : at + 250]}"' for at in range(0, len(text), 250))
                answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", "TXT", pieces))
        elif name not in self.txt:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer.to_wire()
