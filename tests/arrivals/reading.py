"""Reads messages as the worker does, each in a process of its own, and says what was found and what it took.

`python -m tests.arrivals.reading FILE…` prints one JSON object a file: name, title, words, files, seconds, mib.
"""

import json
import os
import resource
import sys
from pathlib import Path

from app.arrivals.mail.headers import read_headers
from tests.arrivals.opened import read_letter


def read(path: Path) -> None:
    raw = path.read_bytes()
    found, _ = read_letter(raw), read_headers(raw).claimed_name
    used = resource.getrusage(resource.RUSAGE_SELF)
    told = {
        "name": path.name,
        "title": found.title,
        "words": found.words,
        "files": [(each.name, len(each.data)) for each in found.attached],
        "seconds": used.ru_utime + used.ru_stime,
        "mib": used.ru_maxrss / 1024,
    }
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    for each in sys.argv[1:]:
        child = os.fork()
        if not child:
            read(Path(each))
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0, each
