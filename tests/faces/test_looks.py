import pytest

from faces.palette import color_of
from faces.smileys import smiley_of


@pytest.mark.parametrize(
    ("name", "color"),
    [
        ("blue", "#66CCEE"),
        ("darkblue", "#4477AA"),
        ("grey", "#BBBBBB"),
        ("#abc", "#abc"),
        ("#12345678", "#12345678"),
        ("mauve", "#CCBB44"),
        ("#12345", "#CCBB44"),
        ("#fff;}", "#CCBB44"),
        ("", "#CCBB44"),
    ],
)
def test_colors_have_names_or_hex_and_all_else_is_yellow(name: str, color: str) -> None:
    assert color_of(name) == color


@pytest.mark.parametrize(
    ("name", "smiley"),
    [
        ("Grinning", "&#x1F603;"),
        ("HeartEyes", "&#x1F60D;"),
        ("&#x1F600;", "&#x1F600;"),
        ("U+1F600", "&#x1F600;"),
        ("U+1f600", "&#x1F600;"),
        ("😀", "&#x1F600;"),
        ("❤️", "&#x2764;&#xFE0F;"),
        ("grinning", "&#x1F92E;"),
        ("", "&#x1F92E;"),
        ("&#x1F600;<script>", "&#x1F92E;"),
        ("U+", "&#x1F92E;"),
    ],
)
def test_smileys_are_names_references_code_points_or_emoji_and_all_else_vomits(name: str, smiley: str) -> None:
    assert smiley_of(name) == smiley


def test_an_emoji_with_markup_around_it_stays_text() -> None:
    assert "<" not in smiley_of("<b>😀")
