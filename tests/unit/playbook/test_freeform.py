"""Options in a line of text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsflow.core.origin import Origin
from opsflow.playbook.freeform import parse_options, split_words

HERE = Origin("play.yml", 1, 1)
TAKEN = ("chdir", "creates")


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("src=a dest='b c'", {"src": "a", "dest": "b c"}),
        ("msg=\"{{ a ~ 'x y' }}\" x=1", {"msg": "{{ a ~ 'x y' }}", "x": "1"}),
        ("msg={{ a | default('b c') }}", {"msg": "{{ a | default('b c') }}"}),
        ("a=b=c", {"a": "b=c"}),
        ("{{ item }}_x=y user_{{ a.b | d('=') }}=z", {"{{ item }}_x": "y", "user_{{ a.b | d('=') }}": "z"}),
        ("", {}),
    ],
)
def test_names_and_values(text: str, options: dict[str, str]) -> None:
    assert dict(parse_options(text, HERE)) == options


@pytest.mark.parametrize(
    ("text", "command", "options"),
    [
        ("echo hi", "echo hi", {}),
        ("echo 'a  b' chdir=/tmp  x=1", "echo 'a  b' x=1", {"chdir": "/tmp"}),
        ("creates=/x make   install", "make   install", {"creates": "/x"}),
        ("a |\n  b\n  c", "a |\n  b\n  c", {}),
        ("echo {{ x }} {{ y }}", "echo {{ x }} {{ y }}", {}),
    ],
)
def test_commands_give_up_only_the_options_they_know(
    text: str, command: str, options: dict[str, str]
) -> None:
    found = parse_options(text, HERE, free_form="raw", taken=TAKEN)
    assert found.pop("raw") == command
    assert dict(found) == options


@pytest.mark.parametrize("text", ["a='b", 'a="b', "a={{ b", "plain"])
def test_what_is_not_closed_or_no_option_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not closed|no option"):
        parse_options(text, HERE)


@given(st.text(alphabet=st.sampled_from("ab '\"{}%\\=\t\n"), max_size=30))
def test_words_are_pieces_of_the_text_in_order(text: str) -> None:
    try:
        words = split_words(text)
    except ValueError:
        return
    assert all(text[word.start : word.end] == word.text for word in words)
    outside = set(range(len(text))) - {i for word in words for i in range(word.start, word.end)}
    assert all(text[index].isspace() for index in outside)
    assert [word.start for word in words] == sorted(word.start for word in words)
