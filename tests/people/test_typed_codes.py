"""A code is the same code in the digits of any script, whichever door it is typed at."""

import pytest

from app.boxes.invitation import is_code, tidy
from app.memories.forms import read_when
from app.memories.kinds.pod_walk import seconds_of
from app.people.recovery import letters_typed, normal_code

DIGITS = ["٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "０１２３４５６７８９", "०१२३४५६७८९", "০১২৩৪৫৬৭৮৯"]


def in_script(text: str, digits: str) -> str:
    return text.translate(str.maketrans("0123456789", digits))


@pytest.mark.parametrize("digits", DIGITS)
def test_codes_and_times_are_read_in_every_script(digits: str) -> None:
    assert normal_code(in_script("7F3K-0123-4567-89AB", digits)) == "7F3K0123456789AB"
    assert letters_typed(in_script("12 34", digits)) == "1234"
    code = tidy(in_script("ACDE-3467-9ACD", digits))
    assert code == "ACDE34679ACD" and is_code(code)
    assert seconds_of(in_script("1:58", digits)) == 118
    assert read_when({"when": "year", "when_year": in_script("2015", digits)}) == ("2015", False, {})
    assert read_when({"when": "day", "when_day": in_script("2015-06-14", digits)}) == ("2015-06-14", False, {})
