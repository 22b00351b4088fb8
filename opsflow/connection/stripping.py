"""Plain sources of target code, which is written as modern typed Python and runs on Python 3.6.

Annotations are blanked out, and with them goes the only need for `from __future__ import annotations`, which
3.6 does not know; docstrings go, too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator


def strip(text: str, tree: ast.Module) -> str:
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
