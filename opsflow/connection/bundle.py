"""The code that is sent to hosts: plain sources without annotations, docstrings or new syntax.

Target code is written as modern typed Python and must run on Python 3.6: annotations are blanked out, and
with them goes the only need for `from __future__ import annotations`, which 3.6 does not know.
"""

from __future__ import annotations

import ast
import zlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple

_PACKAGE = "opsflow.target"


@cache
def bootstrap() -> tuple[str, bytes]:
    """Return the Python command (for `python3 -c`) that starts the runner, and what to send to it."""
    text = _read("runner")
    source = _strip(text, ast.parse(text)) + f"\nmain({sources('hold')!r})\n"
    packed = zlib.compress(source.encode(), 9)
    # A buffered reader would swallow frames that follow: the runner opens the descriptor again.
    command = (
        "import os,sys,zlib\n"
        "b=b''\n"
        f"while len(b)<{len(packed)}:\n"
        f" d=os.read(0,{len(packed)}-len(b))\n"
        " if not d: sys.exit(0)\n"
        " b+=d\n"
        "exec(compile(zlib.decompress(b),'<opsflow>','exec'))"
    )
    return command, packed


@cache
def sources(module: str) -> dict[str, str]:
    """Return the sources that a target module needs, itself last, by full module name.

    Args:
        module: the name within `opsflow.target`, such as `files`.
    """
    needed: dict[str, str] = {}
    text = _read(module)
    tree = ast.parse(text)
    for name in _imports(tree):
        needed.update(sources(name))
    needed[f"{_PACKAGE}.{module}"] = _strip(text, tree)
    return needed


def stripped(module: str) -> str | None:
    """Return the source of a target module by its name within `opsflow.target`, None where there is none."""
    if not module.isidentifier() or not (files(_PACKAGE) / f"{module}.py").is_file():
        return None
    text = _read(module)
    return _strip(text, ast.parse(text))


class Compat(NamedTuple):
    """One of our modules below `ansible.module_utils`, as it is on the host."""

    source: str
    package: bool


@cache
def compat_source(name: str) -> Compat | None:
    """Return our `ansible.module_utils.NAME` for the modules of a project, None where we have none."""
    parts = name.split(".")
    if not all(part.isidentifier() for part in parts):
        return None
    place = (files(_PACKAGE) / "compat").joinpath(*parts[:-1])
    package = place / parts[-1] / "__init__.py"
    file = package if package.is_file() else place / f"{parts[-1]}.py"
    if not file.is_file():
        return None
    text = file.read_text(encoding="utf-8").replace(f"{_PACKAGE}.compat", "ansible.module_utils")
    return Compat(_strip(text, ast.parse(text)), file == package)


def _read(module: str) -> str:
    return (files(_PACKAGE) / f"{module}.py").read_text(encoding="utf-8")


def _imports(tree: ast.Module) -> list[str]:
    """Return the sibling modules that a module imports: `from opsflow.target import x`, `… .x import y`."""
    found: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == _PACKAGE:
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(_PACKAGE + "."):
            found.append(str(node.module).rsplit(".", 1)[1])
    return [name for name in found if name != "runner"]


def _strip(text: str, tree: ast.Module) -> str:
    """Return a module's source without annotations, docstrings and the `__future__` import.

    Lines keep their numbers, so that a traceback from a host points at the file here.
    """
    lines = [line.encode() for line in text.splitlines()]
    for start, end, by in sorted(_spans(tree), reverse=True):
        (row, column), (last, stop) = start, end
        if row == last:
            lines[row] = lines[row][:column] + by + lines[row][stop:]
        else:
            lines[row] = lines[row][:column] + by
            lines[last] = lines[last][stop:]
            for between in range(row + 1, last):
                lines[between] = b""
    return "\n".join(line.decode() for line in lines) + "\n"


_Span = tuple[tuple[int, int], tuple[int, int], bytes]


def _spans(tree: ast.Module) -> list[_Span]:
    found: list[_Span] = []
    for node in _statements(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            found.append(_whole(node, b""))
        elif isinstance(node, ast.FunctionDef):
            found += [_annotation(arg, arg.annotation) for arg in _arguments(node) if arg.annotation]
            found += [_returns(node)] if node.returns else []
        elif isinstance(node, ast.AnnAssign):
            found.append(_assignment(node))
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module) and ast.get_docstring(node, False):
            found.append(_whole(node.body[0], b"pass" if not isinstance(node, ast.Module) else b""))
    return found


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and all statements inside it; expressions, most of a tree, hold nothing to strip."""
    yield node
    for field in ("body", "handlers", "orelse", "finalbody"):
        for child in getattr(node, field, ()):
            yield from _statements(child)


def _arguments(node: ast.FunctionDef) -> list[ast.arg]:
    every = node.args
    rest = [arg for arg in (every.vararg, every.kwarg) if arg]
    return [*every.posonlyargs, *every.args, *every.kwonlyargs, *rest]


def _whole(node: ast.stmt, by: bytes) -> _Span:
    return (node.lineno - 1, node.col_offset), _end(node), by


def _end(node: ast.stmt | ast.expr) -> tuple[int, int]:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return node.end_lineno - 1, node.end_col_offset


def _annotation(node: ast.arg, annotation: ast.expr) -> _Span:
    return (node.lineno - 1, node.col_offset + len(node.arg.encode())), _end(annotation), b""


def _returns(node: ast.FunctionDef) -> _Span:
    """The span of ` -> type`, which starts after the closing parenthesis that precedes it."""
    assert node.returns is not None
    row, column = node.returns.lineno - 1, node.returns.col_offset
    return (row, column - len(b" -> ")), _end(node.returns), b""


def _assignment(node: ast.AnnAssign) -> _Span:
    """`x: T = v` becomes `x = v`; a bare `x: T` becomes nothing at module or class level."""
    if node.value is None:
        return _whole(node, b"pass")
    return _end(node.target), _end(node.annotation), b""
