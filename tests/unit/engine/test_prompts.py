"""vars_prompt: what a person is asked for, and what becomes of the answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from opsflow.core.errors import InputError
from opsflow.core.redact import MASK
from opsflow.templating.filters.crypto import password_hash
from tests.support.plays import Player


async def test_answers_are_variables_and_private_ones_are_masked(play: Player) -> None:
    asked: list[Mapping[str, Any]] = []
    answers = {"open": "{{ inventory_hostname }} open", "closed": "tulip-garden", "kept": "{{ no }}"}

    def ask(prompt: Mapping[str, Any]) -> str:
        asked.append(prompt)
        return answers[prompt["name"]]

    played = await play(
        """
        - hosts: all
          gather_facts: false
          vars: {about: town}
          vars_prompt:
          - {name: open, prompt: "Which {{ about }}", private: no}
          - {name: closed, confirm: "yes"}
          - {name: kept, unsafe: true, private: false}
          - {name: given, prompt: never asked}
          tasks:
          - debug: {msg: "{{ open }}, {{ closed }}, {{ kept }}, {{ given }}"}
        """,
        hosts=["a"],
        ask=ask,
        extra_vars={"given": "by -e"},
    )
    assert played.said("a") == [f"a open, {MASK}, {{{{ no }}}}, by -e"]
    assert [(one["prompt"], one["private"], one["confirm"]) for one in asked[:1]] == [
        ("Which town", False, False)
    ]
    assert [(one["private"], one["confirm"]) for one in asked[1:]] == [(True, True), (False, False)]


async def test_answers_are_hashed_and_the_hash_is_masked(play: Player) -> None:
    played = await play(
        """
        - hosts: all
          gather_facts: false
          vars_prompt:
          - {name: hashed, encrypt: sha512_crypt, salt: abcdefgh}
          - {name: short, encrypt: md5_crypt, salt_size: 4}
          tasks:
          - debug: {msg: "{{ hashed == wanted }} {{ short.split('$')[2] | length }} {{ hashed }}"}
        """,
        hosts=["a"],
        ask=lambda prompt: "tulip-garden",
        extra_vars={"wanted": password_hash("tulip-garden", "sha512", "abcdefgh")},
    )
    assert played.said("a") == [f"True 4 {MASK}"]


async def test_hosts_and_tags_may_be_asked_for(play: Player) -> None:
    played = await play(
        """
        - hosts: "{{ target }}"
          gather_facts: false
          vars_prompt: [{name: target, private: false}]
          tasks:
          - {debug: {msg: one}, tags: "{{ target }}"}
          - {debug: {msg: two}, tags: other}
        """,
        ask=lambda prompt: "b",
        tags=frozenset({"b"}),
    )
    assert (played.said("a"), played.said("b")) == ([], ["one"])


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("encrypt: rot13", "'vars_prompt' for 'x': unknown hash 'rot13'"),
        ("private: maybe", "'vars_prompt' for 'x': must be"),
        ("prompt: '{{ nobody }}'", "'vars_prompt' for 'x': 'nobody' is undefined"),
    ],
)
async def test_options_that_make_no_sense(play: Player, option: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        await play(f"- {{hosts: all, vars_prompt: [{{name: x, {option}}}]}}", ask=lambda prompt: "answer")
