"""The ledger of what ASVS asks is whole, names tests that there are, and its page is the one made from it."""

from infra import asvs


def test_the_ledger_is_whole_and_names_tests_that_there_are() -> None:
    assert list(asvs.faults(asvs.rows())) == []


def test_its_page_is_the_one_that_the_command_makes() -> None:
    assert asvs.PAGE.read_text() == asvs.page(asvs.rows()), "run infra/assurance"


def test_nothing_is_missing_of_who_comes_in_stays_in_and_how_it_is_carried() -> None:
    ledger = asvs.rows()
    missing = {chapter: asvs.count(ledger, chapter, asvs.MISSING) for chapter in ("V6", "V7", "V12")}
    assert missing == {"V6": 0, "V7": 0, "V12": 0}


def test_what_is_not_there_is_noticed() -> None:
    good = next(row for row in asvs.rows() if row.state == asvs.MET)
    wrong = [
        {"tests": ["tests/test_assurance.py::test_of_nothing"]}, {"tests": ["tests/nowhere.py::test_x"]}, {"tests": []},
        {"state": "nearly"}, {"where": "app/nowhere.py"}, {"state": asvs.MISSING}, {"number": "V6.99"},
    ]  # fmt: skip
    for changed in wrong:
        row = asvs.Row(**{**vars(good), "why": "", **changed})
        assert any(fault.startswith(row.number) for fault in asvs.faults([row])), changed
