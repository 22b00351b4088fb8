"""Making and changing elements of an XML tree with lxml."""

from __future__ import annotations

import importlib
import re
import site
import sys

from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Names = dict[str, str]  # prefixes and namespaces
    Wish = tuple[
        str, "str | list[str] | None"
    ]  # what is to be below an element: a name and its text or conditions

_NAME = r"[a-zA-Z-][\w.-]*(?::[a-zA-Z-][\w.-]*)?"
_TEXT = r"""('.*'|".*")"""
_ELEMENT = re.compile(r"(.*)/(%s)$" % _NAME)
_ELEMENT_TEXT = re.compile(r"(.*)/(%s)/text\(\)=%s$" % (_NAME, _TEXT))
_ATTRIBUTE = re.compile(r"(.*)/(@%s)(?:=%s)?$" % (_NAME, _TEXT))
_CONDITIONS = re.compile(r"(.*)/(%s)\[(.*)\]$" % _NAME)
_OWN_TEXT = re.compile(r"(.*)/text\(\)=%s$" % _TEXT)


def lxml() -> Any:
    """Return lxml.etree. The runner sees the standard library only: packages are looked for here, once."""
    if "lxml.etree" not in sys.modules:
        before = list(sys.path)
        sys.path += [*site.getsitepackages(), site.getusersitepackages()]
        try:
            importlib.import_module("lxml.etree")
        except ImportError:
            raise Fail("lxml is not installed on this host: install the package python3-lxml") from None
        finally:
            sys.path[:] = before
    return sys.modules["lxml.etree"]


class Tree:
    """A document, or an element that is made, as XPath sees it."""

    def __init__(self, node: Any, names: Names) -> None:
        self.node = node
        self.names = names

    def evaluate(self, xpath: str) -> Any:
        """Return the value of an expression. Raises Fail for one that is wrong."""
        try:
            return self.node.xpath(xpath, namespaces=self.names)
        except lxml().XPathError as error:
            raise Fail("the expression '%s' cannot be used: %s" % (xpath, error)) from None

    def find(self, xpath: str) -> list[Any]:
        """Return what an expression finds; nothing where it is a comparison or a number."""
        found = self.evaluate(xpath)
        return found if isinstance(found, list) else []  # pyright: ignore[reportUnknownVariableType]

    def elements(self, xpath: str) -> list[Any]:
        """Return the elements that an expression finds; nothing where the first is no element."""
        found = self.find(xpath)
        return found if found and lxml().iselement(found[0]) else []

    def full_name(self, name: str) -> str:
        """Return a name with its namespace as lxml writes it."""
        prefix, _, rest = name.rpartition(":")
        if not prefix:
            return name
        if prefix not in self.names:
            raise Fail("the prefix '%s' is not in namespaces" % prefix)
        return "{%s}%s" % (self.names[prefix], rest)

    def make(self, xpath: str) -> None:
        """Make what a simple expression names and is not there, the outer first. Raises Fail."""
        outer, wishes = _taken_apart(xpath)
        if not wishes:
            raise Fail("the expression '%s' finds nothing and is not simple enough to make it" % xpath)
        if not outer:
            raise Fail("the expression '%s' does not fit the root of the document" % xpath)
        if not self.elements(outer):
            self.make(outer)
        for element in self.elements(outer):
            for name, wish in wishes:
                self._fulfil(element, name, wish)

    def _fulfil(self, element: Any, name: str, wish: str | list[str] | None) -> None:
        if name.startswith("@"):
            element.set(self.full_name(name[1:]), wish or "")
        elif not name:
            element.text = wish
        else:
            child = lxml().SubElement(element, self.full_name(name))
            if isinstance(wish, str):
                child.text = wish
            for condition in wish if isinstance(wish, list) else []:  # pyright: ignore[reportUnknownVariableType]
                Tree(child, self.names).make("./%s" % condition)


def _taken_apart(xpath: str) -> tuple[str, list[Wish]]:
    """Return what is before the last step of an expression, and what that step is about."""
    xpath = xpath.strip()
    found = _ELEMENT.match(xpath)
    if found:
        return found.group(1), [(found.group(2), None)]
    found = _ELEMENT_TEXT.match(xpath) or _ATTRIBUTE.match(xpath)
    if found:
        return found.group(1), [(found.group(2), found.group(3)[1:-1] if found.group(3) else None)]
    found = _CONDITIONS.match(xpath)
    if found:
        return found.group(1), [(found.group(2), [one.strip() for one in found.group(3).split(" and ")])]
    found = _OWN_TEXT.match(xpath)
    return (found.group(1), [("", found.group(2)[1:-1])]) if found else (xpath, [])


def children(wanted: list[Any], kind: str) -> list[Any]:
    """Return new elements as a task describes them. Raises Fail."""
    return [_parsed(child) if kind == "xml" else _child(child) for child in wanted]


def _parsed(text: Any) -> Any:
    try:
        return lxml().fromstring(str(text).encode())
    except lxml().XMLSyntaxError as error:
        raise Fail("a child is no XML: %s" % error) from None


def _child(child: Any) -> Any:
    if isinstance(child, str):
        return _element(child, {})
    if not isinstance(child, dict) or len(child) != 1:  # pyright: ignore[reportUnknownArgumentType]
        raise Fail("a child is a name, or a mapping of one name: not %r" % (child,))
    ((name, about),) = child.items()  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(about, dict):
        node = _element(str(name), {})  # pyright: ignore[reportUnknownArgumentType]
        node.text = None if about is None else _text(about)
        return node
    more: dict[str, Any] = dict(about)  # pyright: ignore[reportUnknownArgumentType]
    below, text = more.pop("_", None), more.pop("+value", None)
    if not isinstance(below, (list, type(None))):
        raise Fail("what is below a child ('_') is a list: not %r" % (below,))
    node = _element(str(name), {key: _text(value) for key, value in more.items()})  # pyright: ignore[reportUnknownArgumentType]
    node.text = None if text is None else _text(text)
    node.extend(children(below or [], "yaml"))  # pyright: ignore[reportUnknownArgumentType]
    return node


def _element(name: str, attributes: dict[str, str]) -> Any:
    try:
        return lxml().Element(name, attributes)
    except ValueError as error:
        raise Fail("'%s' cannot be an element: %s" % (name, error)) from None


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise Fail("text of an element or attribute is wanted, not %r: put it in quotes" % (value,))
    return str(value)
