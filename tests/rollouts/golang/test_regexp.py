"""Go's regular expressions. Every row was answered by Go's own."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollouts.golang.regexp import compile_pattern

TEXT = "v1.2.3-rc1\nsecond line é"


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        (r"^v\d+\.\d+\.\d+-rc\d$", False),
        (r"(?m)^v\d+\.\d+\.\d+-rc\d$", True),
        ("(?s)rc1.second", True),
        ("rc1.second", False),
        ("(?im)^SECOND", True),
        ("(?-i)V", False),
        ("a(?i)b|V1", True),
        ("(?i)(?-i:V)1", False),
        (r"\w$", False),
        ("[[:alpha:]]", True),
        ("[^[:space:]]v", False),
        ("[[:^digit:]]1", True),
        (r"\pL$", True),
        (r"\p{Lu}", False),
        (r"[\pN]\.", True),
        (r"\P{^L}$", True),
        (r"(?<major>\d)", True),
        ("(?P<1a>x)|(?P<1a>v)", True),
        ("v{,2}", False),
        ("v{1", False),
        ("x{0}v", True),
        ("(?U)v+", True),
        (r"\Qv1.2\E\.3", True),
        (r"\x76\x{31}\.", True),
        (r"\166", True),
        (r"[]a]", False),
        (r"[^\n]\n", True),
        (r"\z", True),
        (r"é\z", True),
        (r"\bline\b", True),
        ("^*v", True),
        ("", True),
        ("[^\\x00-\\x{10FFFF}]", False),
        (r"\p{Latin}\z", True),
        (r"\Bé", True),
        (r"é\B", True),
        (r"\Q\C\E", False),
        (r"\\C", False),
    ],
)
def test_a_pattern_finds_what_it_finds_in_go(pattern: str, *, found: bool) -> None:
    assert compile_pattern(pattern).found_in(TEXT) is found


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("(", "missing closing ): `(`"),
        (")", "unexpected ): `)`"),
        ("[", "missing closing ]: `[`"),
        ("*", "missing argument to repetition operator: `*`"),
        ("a|*", "missing argument to repetition operator: `*`"),
        ("a**", "invalid nested repetition operator: `**`"),
        ("a???", "invalid nested repetition operator: `???`"),
        ("a{2}{3}", "invalid nested repetition operator: `{2}{3}`"),
        ("a{1001}", "invalid repeat count: `{1001}`"),
        ("a{2,1}", "invalid repeat count: `{2,1}`"),
        ("(a{1000}){1000}", "invalid repeat count: `{1000}`"),
        ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
        ("(?P=a)", "invalid or unsupported Perl syntax: `(?P`"),
        ("(?x)a", "invalid or unsupported Perl syntax: `(?x`"),
        ("(?i", "invalid or unsupported Perl syntax: `(?i`"),
        ("(?<=a)b", "invalid named capture: `(?<=a)b`"),
        ("(?P<a b>x)", "invalid named capture: `(?P<a b>`"),
        (r"(a)\1", r"invalid escape sequence: `\1`"),
        (r"\é", r"invalid escape sequence: `\é`"),
        (r"\u0041", r"invalid escape sequence: `\u`"),
        (r"\xg", r"invalid escape sequence: `\xg`"),
        ("\\", "trailing backslash at end of expression: ``"),
        ("[b-a]", "invalid character class range: `b-a`"),
        ("[[:nope:]]", "invalid character class range: `[:nope:]`"),
        (r"[a-\d]", r"invalid escape sequence: `\d`"),
        ("a\udca9", "invalid UTF-8: `\udca9`"),
        ("\\x{", r"invalid escape sequence: `\x{`"),
        (r"\C", r"invalid escape sequence: `\C`"),
        ("(?P<é>a)", "invalid named capture: `(?P<é>`"),
        ("(?<é>a)", "invalid named capture: `(?<é>`"),
        ("(?<!a>b)", "invalid named capture: `(?<!a>`"),
        (r"\p{Old_Italic}", r"invalid character class range: `\p{Old_Italic}`"),
        (r"\pX", r"invalid character class range: `\pX`"),
        (r"\p{", r"invalid character class range: `\p{`"),
        ("a*{1001}", "invalid repeat count: `{1001}`"),
        ("a{2,1}?", "invalid repeat count: `{2,1}`"),
        ("a?{2}", "invalid nested repetition operator: `?{2}`"),
    ],
)
def test_what_is_no_pattern_is_told_in_gos_words(pattern: str, problem: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(f'error parsing regexp: {problem}')}$"):
        compile_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"\B", "_αs", False),
        (r"\B", "_αα", True),
        (r"x|\B\Q", "_αs", False),
        (r"x|\B\Qαs", "_ααs", True),
        ("^.$", "\udcce", True),
        ("\ufffd", "\udcce", True),
        ("^..$", "α", False),
    ],
)
def test_text_is_made_of_characters_and_a_byte_that_is_none_counts_as_one(
    pattern: str, text: str, *, found: bool
) -> None:
    assert compile_pattern(pattern).found_in(text) is found


@pytest.mark.parametrize("pattern", ["^(a+)+$", "(a|aa)+$", "(?:a?){100}a{100}$", "^(([a-z])+.)+[A-Z]([a-z])+$"])
def test_no_pattern_takes_for_ever(pattern: str) -> None:
    assert not compile_pattern(pattern).found_in("a" * 50_000 + "!")


@given(st.text(max_size=5), st.text(max_size=5))
def test_a_literal_finds_itself(literal: str, text: str) -> None:
    assert compile_pattern(re.escape(literal)).found_in(text) is (literal in text)


@given(st.text("ab(|)*+?{1,2}[^-]\\dpLQE:.$i", max_size=12))
def test_whatever_is_written_is_read_or_refused(pattern: str) -> None:
    problem = ""
    try:
        compile_pattern(pattern).found_in("aab")
    except ValueError as error:
        problem = str(error)
    assert problem == "" or problem.startswith("error parsing regexp: ")
