"""What `holdfast` is asked on the command line about people."""

from collections.abc import Callable
from typing import Any


def person_parser(commands: Any, act: Callable[..., None], everyones: Callable[..., None]) -> None:
    """`holdfast person …` and `holdfast sign-out --everyone`, and what does each."""
    people = commands.add_parser("person", help="lock, unlock or sign out somebody; it stands in what they can read")
    each = people.add_subparsers(dest="person", required=True)
    for name, about in (
        ("lock", "nobody comes in as them, and every phone is locked out"),
        ("unlock", "they come in again"),
        ("sign-out", "every phone of theirs is locked out"),
    ):
        one = each.add_parser(name, help=about)
        one.add_argument("who", help="their e-mail address or id")
        one.add_argument("--why", required=True, help="the reason, in plain words: they read it")
        one.set_defaults(act=act)
    everyone = commands.add_parser("sign-out", help="end every sign-in of this house")
    everyone.add_argument("--everyone", action="store_true", required=True, help="yes, everybody's")
    everyone.add_argument("--why", required=True, help="the reason, in plain words: everybody reads it")
    everyone.set_defaults(act=everyones)
