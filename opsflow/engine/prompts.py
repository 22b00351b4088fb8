"""What a person is asked before a play: its `vars_prompt`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from opsflow.core.errors import InputError, TaskError
from opsflow.core.redact import Redactor
from opsflow.modules.base.types import to_bool
from opsflow.playbook.model import Play
from opsflow.source.values import Map, as_source
from opsflow.templating.filters.crypto import password_hash
from opsflow.templating.render import rendered
from opsflow.templating.scope import Scope

Ask = Callable[[Mapping[str, Any]], str]
"""Asks a person for the value of a `vars_prompt` entry."""


def answers(play: Play, scope: Scope, given: Mapping[str, Any], ask: Ask | None) -> dict[str, Any]:
    """Return the answers to a play's prompts, by name.

    Those that are private are masked in all that the run says.

    Args:
        play: whose prompts.
        scope: what their texts are rendered with.
        given: the extra variables: what they hold is not asked for.
        ask: asks a person; without it the defaults count.

    Raises:
        InputError: a prompt's options make no sense, or there is nobody to ask.
    """
    redactor = scope.renderer.vault.redactor
    return {
        str(prompt["name"]): _answer(prompt, scope, ask, redactor)
        for prompt in play.prompts
        if str(prompt["name"]) not in given
    }


def _answer(written: Map, scope: Scope, ask: Ask | None, redactor: Redactor) -> str:
    try:
        prompt = rendered(written, scope)
        private, confirm, unsafe = (
            to_bool(prompt.get(name, default)) for name, default in (("private", True), *_OFF)
        )
        prompt.update(private=private, confirm=confirm)
        default = prompt.get("default")
        answer = ask(prompt) if ask else str("" if default is None else default)
        if private and answer != default:
            redactor.add(answer)
        if prompt.get("encrypt"):
            answer = password_hash(answer, str(prompt["encrypt"]), prompt.get("salt"), _size(prompt))
            redactor.add(answer)
    except (TaskError, ValueError) as error:
        raise InputError.at(written.origin, f"'vars_prompt' for '{written['name']}': {error}") from error
    return answer if unsafe else as_source(answer, written.origin)


_OFF = (("confirm", False), ("unsafe", False))


def _size(prompt: Mapping[str, Any]) -> int | None:
    return None if prompt.get("salt_size") is None else int(prompt["salt_size"])
