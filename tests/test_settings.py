"""Every setting can be found by the person who needs it."""

from app.kit.config import PROJECT, Settings


def test_every_setting_is_in_the_readme() -> None:
    readme = (PROJECT / "README.md").read_text()
    names = [field.validation_alias for field in Settings.model_fields.values()]
    assert [name for name in names if f"| `{name}` |" not in readme] == []


def test_the_readme_names_no_setting_that_is_gone() -> None:
    table = (PROJECT / "README.md").read_text().split("## Settings")[1]
    named = {line.split("`")[1] for line in table.splitlines() if line.startswith("| `")}
    assert named == {str(field.validation_alias) for field in Settings.model_fields.values()}
