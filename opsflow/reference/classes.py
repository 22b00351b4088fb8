"""How classes are written: where, and what stands behind their attributes. A file is read once."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from opsflow.core.origin import Origin


@dataclass(frozen=True, slots=True)
class Written:
    """A class statement. `comments` are the texts that stand behind its attributes."""

    place: Origin
    comments: dict[str, str]


def written(cls: type) -> Written:
    """Return how a class of a file is written."""
    return _in_file(inspect.getfile(cls))[cls.__qualname__]


@cache
def _in_file(file: str) -> dict[str, Written]:
    """Return how the classes of a file are written, by qualified name."""
    tree = ast.parse(Path(file).read_bytes())
    return {
        name: Written(Origin(file, _line(statement), 1), _comments(statement.body))
        for name, statement in _classes(tree.body)
    }


def _classes(statements: Sequence[ast.stmt], within: str = "") -> Iterator[tuple[str, ast.ClassDef]]:
    for statement in statements:
        if isinstance(statement, ast.ClassDef):
            name = f"{within}{statement.name}"
            yield name, statement
            yield from _classes(statement.body, f"{name}.")


def _line(statement: ast.ClassDef) -> int:
    return min(node.lineno for node in (statement, *statement.decorator_list))


def _comments(statements: Sequence[ast.stmt]) -> dict[str, str]:
    found: dict[str, str] = {}
    for statement, behind in pairwise(statements):
        match statement, behind:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                found[name] = inspect.cleandoc(text)
            case _:
                pass
    return found
