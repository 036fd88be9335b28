"""A young person's own words stand where the house says its own, and nowhere else."""

from app.kit.language import gettext, ngettext, own_words
from app.web import pages

MINE = {"circle": "crew", "box": "treasure tin", "family time": "Nan day", "journey": "way"}


def test_ours_are_replaced_in_what_the_house_says_and_not_in_what_is_filled_in() -> None:
    with own_words(MINE):
        assert gettext("You put %(name)s in %(circle)s.", name="box", circle="circle") == "You put box in circle."
        assert gettext("A circle and circles. Family time in your box, boxed.") == (
            "A crew and crews. Nan day in your treasure tin, boxed."
        )
        assert ngettext("%(num)s circle", "%(num)s circles", 2) == "2 crews"
        assert gettext('<a class="box" href="/journey">journey</a>') == '<a class="box" href="/journey">way</a>'
    assert gettext("A circle") == "A circle"


def test_a_template_says_them_and_leaves_what_people_wrote() -> None:
    page = pages.environment.from_string("{{ _('My box') }}: {% trans %}a circle of {{ who }}{% endtrans %} {{ who }}")
    with own_words(MINE):
        assert page.render(who="box <b>") == "My treasure tin: a crew of box &lt;b&gt; box &lt;b&gt;"
