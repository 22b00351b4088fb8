"""Damages files: their bytes, their lines, the tokens of YAML and of templates, and the values of keys."""

from __future__ import annotations

import re
from random import Random

_YAML = [
    "{", "}", "[", "]", ":", ": ", "- ", "? ", "|\n", ">-\n", "&a ", "*a", "*nope", "<<: *a\n",
    "<<: [1]\n", "!!", "!x ", "!vault |\n", "!vault x", "!unsafe ", "!!binary x", "!!set {a, b}",
    "!!python/object:os.system x", "!!timestamp x", "!!int x", "!!omap [a: 1]", "---\n", "...\n",
    "%YAML 9.9\n", "\t", "#", "'", '"', "\\", "~", "null", "0x1G", "1_000", ".inf", ".nan", "2024-13-45",
    "2024-01-01", "0o17", "12:30:45", "yes", "=", "@", "`", "a: b: c", "? [a]\n: 1\n",
]  # fmt: skip
_JINJA = [
    "{{", "}}", "{%", "%}", "{#", "#}", "{{ x }}", "{{ x | default(1) }}", "| bogus", "| default(",
    "is bogus", "lookup('", "{{ lookup('vars', 'x') }}", "{{ [[[[ }}", "{{ 1 / 0 }}",
    "{{ ''.__class__ }}", "{{ x.y.z }}", "{{ x(y=1, y=2) }}", "{% for x in y %}", "{% endfor %}",
    "{% raw %}", "{% set x = %}", "{% if %}", "{% include x %}", "{% block a %}", "{% do x.append(1) %}",
    "{{ 'a' * 3 }}", "{{ x if }}", "{{ not }}", "{{ 1 is }}", "{{ \\ }}", "{{ '\\x' }}", "{{ '\\N{' }}",
    "{{ x[] }}", "{{ x[1:2:3] }}", "{{ 1e999 }}", "{{ 0777 }}", "{{ x | map('bogus') | list }}",
    "{{ range(9) | random }}", "{{ omit }}", "{{ undef() }}", "{{ None }}", "{{ (1, 2) }}",
    "{{ {1: [2]} }}", "{{ x ~ y }}", "-}}", "{%-",
]  # fmt: skip
_VALUES = [
    "null", "[]", "{}", "1", "-1", "1.5", "true", '""', '" "', "[[]]", "{a: {b: c}}", "[null]", "x",
    '"{{ x }}"', '"{{ [] }}"', "!unsafe '{{ x }}'", "99999999999999999999", "2024-01-01",
    "[1, a, {b: 2}]", "{1: 2}", "{null: 1}", "a,b,,c", "all", "'*'", "localhost", "'~('", "'web[9]'",
    "'!x:&y'", "0777", "-0.0", ".nan",
]  # fmt: skip
_DEEP = [piece * 400 for piece in ("(", "[", "{", "- ", "not ", "{{ ", "a.", "-", "!")]
_BYTES = [
    b"\0", b"\xff", b"\xef\xbb\xbf", b"\r", b"\r\n", b"\x1b[2J", b"\xc3", b"\xed\xa0\x80", b"\xe2\x80\xa8",
    b"\x85", b"\x7f",
]  # fmt: skip
_PAIR = re.compile(rb"^([ \t-]*[\w.\"'-]+ *[:=])[ \t]+(\S.*)$", re.MULTILINE)
_WORD = re.compile(rb"[A-Za-z_][\w.]+")


class Mutator:
    """Damages one file after another, by chance that a seed makes the same each time."""

    def __init__(self, random: Random, words: list[bytes], others: list[bytes]) -> None:
        """`words` are put in place of other words; `others` are files to take pieces from."""
        self.random = random
        self.words = words
        self.others = others
        self._ways = [
            self._flip, self._cut, self._truncate, self._bytes, self._splice, self._repeat,
            self._insert_yaml, self._insert_yaml, self._insert_jinja, self._insert_jinja, self._deep,
            self._value, self._value, self._value, self._word, self._word, self._drop_line,
            self._double_line, self._swap_lines, self._indent,
        ]  # fmt: skip

    def damage(self, data: bytes) -> bytes:
        """Return `data` with one to four things done to it."""
        for _ in range(self.random.choice((1, 1, 1, 2, 2, 3, 4))):
            data = self.random.choice(self._ways)(data)[:200_000]
        return data

    def _at(self, data: bytes) -> int:
        return self.random.randint(0, len(data))

    def _put(self, data: bytes, piece: bytes) -> bytes:
        at = self._at(data)
        return data[:at] + piece + data[at:]

    def _flip(self, data: bytes) -> bytes:
        at = self._at(data)
        return data[:at] + bytes([self.random.randrange(256)]) + data[at + 1 :]

    def _cut(self, data: bytes) -> bytes:
        at = self._at(data)
        return data[:at] + data[at + self.random.randint(1, 30) :]

    def _truncate(self, data: bytes) -> bytes:
        return data[: self._at(data)]

    def _bytes(self, data: bytes) -> bytes:
        return self._put(data, self.random.choice(_BYTES))

    def _splice(self, data: bytes) -> bytes:
        other = self.random.choice(self.others)
        start = self._at(other)
        return self._put(data, other[start : start + self.random.randint(1, 400)])

    def _repeat(self, data: bytes) -> bytes:
        start = self._at(data)
        piece = data[start : start + self.random.randint(1, 60)]
        return data[:start] + piece * self.random.choice((2, 3, 50)) + data[start:]

    def _insert_yaml(self, data: bytes) -> bytes:
        return self._put(data, self.random.choice(_YAML).encode())

    def _insert_jinja(self, data: bytes) -> bytes:
        return self._put(data, self.random.choice(_JINJA).encode())

    def _deep(self, data: bytes) -> bytes:
        return self._put(data, self.random.choice(_DEEP).encode())

    def _value(self, data: bytes) -> bytes:
        pairs = list(_PAIR.finditer(data))
        if not pairs:
            return data
        pair = self.random.choice(pairs)
        value = self.random.choice([*_VALUES, f'"{self.random.choice(_JINJA)}"']).encode()
        return data[: pair.start(2)] + value + data[pair.end(2) :]

    def _word(self, data: bytes) -> bytes:
        words = list(_WORD.finditer(data))
        if not words:
            return data
        word = self.random.choice(words)
        return data[: word.start()] + self.random.choice(self.words) + data[word.end() :]

    def _drop_line(self, data: bytes) -> bytes:
        lines = data.splitlines(keepends=True)
        if lines:
            del lines[self.random.randrange(len(lines))]
        return b"".join(lines)

    def _double_line(self, data: bytes) -> bytes:
        lines = data.splitlines(keepends=True)
        if lines:
            at = self.random.randrange(len(lines))
            lines.insert(at, lines[at])
        return b"".join(lines)

    def _swap_lines(self, data: bytes) -> bytes:
        lines = data.splitlines(keepends=True)
        if len(lines) > 1:
            one, two = self.random.sample(range(len(lines)), 2)
            lines[one], lines[two] = lines[two], lines[one]
        return b"".join(lines)

    def _indent(self, data: bytes) -> bytes:
        lines = data.splitlines(keepends=True)
        if lines:
            at = self.random.randrange(len(lines))
            indent = b" " * self.random.choice((0, 0, 0, 1, 2, 4, 8))
            lines[at] = indent + lines[at] if indent else lines[at].lstrip()
        return b"".join(lines)


def words_of(files: list[bytes]) -> list[bytes]:
    """Return the words that files are made of, each once."""
    return sorted({word for data in files for word in _WORD.findall(data)})
