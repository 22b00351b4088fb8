"""A model's errors are told at the place in the file that causes them."""

from __future__ import annotations

from typing import Annotated

import pytest
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from opsflow.core.errors import InputError
from opsflow.core.origin import Origin
from opsflow.modules.base.module import ModuleArgs
from opsflow.modules.base.types import Bool, arg
from opsflow.source.loader import load_text
from opsflow.source.validate import model_problems, validate

START = Origin("x.yml", 1, 1)


class Server(BaseModel):
    model_config = ConfigDict(extra="forbid")

    host: str
    port: int = 25
    name: str | None = Field(None, alias="from")


def as_pool(value: object) -> object:
    return {"members": value} if isinstance(value, list) else value


class Pool(BaseModel):
    model_config = ConfigDict(extra="forbid")

    members: list[Server]
    size: int = 0


class Setup(BaseModel):
    model_config = ConfigDict(extra="forbid")

    forks: int = Field(50, ge=1)
    wait: int | bool = 1
    servers: list[Server] = []
    pool: Annotated[Pool, BeforeValidator(as_pool)] | None = None


class Args(ModuleArgs):
    path: str = arg(..., "dest")
    force: Bool = arg(False, "thirsty")


def problems(model: type[BaseModel], text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        validate(model, load_text(text, "x.yml"), START)
    return [f"{p.origin}: {p.message}{f' → {p.hint}' if p.hint else ''}" for p in caught.value.problems]


def test_a_valid_value_becomes_the_model() -> None:
    setup = validate(Setup, load_text("forks: 3\nservers: [{host: a, from: b}]", "x.yml"), START)
    assert setup == Setup(forks=3, servers=[Server.model_validate({"host": "a", "from": "b"})])
    assert validate(Setup, None, START) == Setup()


def test_an_unknown_key_is_told_with_the_nearest_one() -> None:
    assert problems(Setup, "forks: 2\nserver: []\n") == [
        "x.yml:2:1: unknown option 'server' → did you mean 'servers'?"
    ]


def test_an_unknown_key_like_no_other_is_told_with_all() -> None:
    assert problems(Setup, "zzz: 1\n") == [
        "x.yml:1:1: unknown option 'zzz' → options: forks, pool, servers, wait"
    ]


def test_all_problems_are_told_at_once_at_their_places() -> None:
    text = "forks: 0\nservers:\n  - host: a\n    port: x\n  - port: 1\n    extra: 2\n"
    assert problems(Setup, text) == [
        "x.yml:1:1: 'forks' must be greater than or equal to 1",
        "x.yml:4:5: 'servers[0].port' must be a valid integer, unable to parse string as an integer",
        "x.yml:5:5: 'servers[1].host' is required",
        "x.yml:6:5: unknown option 'servers[1].extra' → options: from, host, port",
    ]


def test_the_members_of_a_union_make_one_problem() -> None:
    assert problems(Setup, "wait: maybe\n") == [
        "x.yml:1:1: 'wait' must be a valid integer, unable to parse string as an integer"
        " or must be a valid boolean, unable to interpret input"
    ]


def test_an_alias_is_found_where_it_was_written() -> None:
    assert problems(Args, "dest: /x\nthirsty: perhaps\n") == [
        "x.yml:2:1: 'thirsty' must be a boolean: yes or no"
    ]
    assert problems(Args, "force: yes\n") == ["x.yml:1:1: 'dest' is required"]


def test_something_that_is_no_mapping_is_told() -> None:
    assert problems(Setup, "- a\n") == ["x.yml:1:1: must be a mapping of options"]


def test_a_missing_option_is_told_by_its_proper_name() -> None:
    value = load_text("force: yes\n", "x.yml")
    with pytest.raises(ValidationError) as caught:
        Args.model_validate(value)
    (problem,) = model_problems(caught.value, value, Args, {"dest": "path"})
    assert problem.message == "'path' is required"


def test_a_key_that_is_no_text_is_told() -> None:
    assert problems(Setup, "1: x\n")[0].startswith("x.yml:1:1: ")


def test_an_unknown_key_within_is_told_with_the_nearest_one() -> None:
    assert problems(Setup, "servers:\n  - host: a\n    hsot: b\n    prot: 1\n") == [
        "x.yml:3:5: unknown option 'servers[0].hsot' → did you mean 'host'?",
        "x.yml:4:5: unknown option 'servers[0].prot' → did you mean 'port'?",
    ]


def test_a_short_form_is_told_as_it_was_written() -> None:
    assert problems(Setup, "pool:\n  - host: a\n    prot: 1\n  - port: x\n") == [
        "x.yml:3:5: unknown option 'pool[0].prot' → did you mean 'port'?",
        "x.yml:4:5: 'pool[1].host' is required",
        "x.yml:4:5: 'pool[1].port' must be a valid integer, unable to parse string as an integer",
    ]
    assert problems(Setup, "pool: {members: [], szie: 1}\n") == [
        "x.yml:1:21: unknown option 'pool.szie' → did you mean 'size'?"
    ]
