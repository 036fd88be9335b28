"""Every setting can be found by the person who needs it."""

from app.kit.config import PROJECT, Settings


def test_every_setting_is_in_the_readme() -> None:
    readme = (PROJECT / "README.md").read_text()
    missing = [field.validation_alias for field in Settings.model_fields.values() if f"| `{field.validation_alias}` |" not in readme]
    assert missing == []


def test_the_readme_names_no_setting_that_is_gone() -> None:
    table = (PROJECT / "README.md").read_text().split("## Settings")[1]
    named = {line.split("`")[1] for line in table.splitlines() if line.startswith("| `")}
    assert named == {str(field.validation_alias) for field in Settings.model_fields.values()}
