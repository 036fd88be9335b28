#!/usr/bin/env python3
"""Post one message from standard input to Holdfast's HTTP door, signed: for Postfix's pipe(8), see README.md.

    post-mail.py URL SECRET-FILE SENDER RECIPIENT [CLIENT-ADDRESS [CLIENT-HELO]]

Ends with 0 when it is safe, 75 (try again) or 69 (never) as sysexits.h says; what it prints is told to the sender.
Needs nothing but Python 3.8.
"""

import hashlib
import hmac
import sys
import time
import urllib.error
import urllib.request

SAFE, NEVER, AGAIN = 0, 69, 75
NAMES = ("Holdfast-Timestamp", "Holdfast-To", "Holdfast-From", "Holdfast-Client", "Holdfast-Helo")


def post(url, secret, sender, recipient, client="", helo=""):
    """Returns how to end, and what to say."""
    message = sys.stdin.buffer.read()
    values = (str(int(time.time())), recipient, sender, client, helo)
    signed = "".join(value + "\n" for value in values).encode()
    headers = {name: value.encode().decode("latin-1") for name, value in zip(NAMES, values) if value}  # noqa: B905  # Python 3.8
    headers["Holdfast-Signature"] = hmac.new(secret, signed + message, hashlib.sha256).hexdigest()
    headers["Content-Type"] = "message/rfc822"
    try:
        urllib.request.urlopen(urllib.request.Request(url, message, headers), timeout=120).close()
    except urllib.error.HTTPError as error:
        if error.code == 406:
            return NEVER, "5.1.1 " + error.read(500).decode("utf-8", "replace").strip()
        if error.code == 413:
            return NEVER, "5.3.4 This message is too big. Please send it in smaller parts."
        return AGAIN, f"4.3.0 Holdfast answered {error.code}"
    except OSError as error:
        return AGAIN, f"4.4.1 Holdfast does not answer ({type(error).__name__})"
    return SAFE, "2.0.0 safe"


if __name__ == "__main__":
    if not 5 <= len(sys.argv) <= 7:
        sys.exit(__doc__)
    with open(sys.argv[2], "rb") as file:
        secret = file.read().strip()
    status, words = post(sys.argv[1], secret, *sys.argv[3:])
    print(words)
    sys.exit(status)
