"""Parts of an XML file or text, found by XPath."""

from __future__ import annotations

import copy
import json
import os

from opsflow.target import files, xml_tree
from opsflow.target.paths import expand
from opsflow.target.request import Fail
from opsflow.target.xml_tree import Tree, lxml

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

    Result = dict[str, Any]


def run(request: Request, **want: Any) -> Result:
    """Read or change what an expression finds."""
    document = Document(request, want)
    if "xpath" not in want:
        return document.reformatted()
    tree = Tree(document.tree, want["namespaces"])
    found = _read(tree, want)
    if found is None:
        _change(tree, want)
    return document.finish(found or {})


def _read(tree: Tree, want: dict[str, Any]) -> Result | None:
    """Return what a task only wants to know; None where it wants a change."""
    xpath: str = want["xpath"]
    if want["print_match"]:
        places = [_place(tree, one) for one in tree.find(xpath)]
        return {"msg": "selector '%s' match: %s" % (xpath, json.dumps(places)), "matches": places}
    if want["count"]:
        number = int(tree.evaluate("count(/%s)" % xpath))
        return {"msg": "found %d nodes" % number, "count": number}
    if "content" not in want:
        return None
    elements = tree.elements(xpath)
    if not elements:
        raise Fail("the expression '%s' finds no element" % xpath)
    texts = want["content"] == "text"
    matches = [{one.tag: one.text if texts else dict(one.attrib)} for one in elements]
    return {"msg": len(matches), "count": len(matches), "matches": matches}


def _place(tree: Tree, found: Any) -> str:
    if lxml().iselement(found):
        return tree.node.getpath(found)
    base = tree.node.getpath(found.getparent())
    return base + ("/@" + found.attrname if found.is_attribute else "/text()")


def _change(tree: Tree, want: dict[str, Any]) -> None:
    xpath: str = want["xpath"]
    if want["state"] == "absent":
        _remove(tree, xpath)
    elif "set_children" in want:
        _set_children(tree, xpath, xml_tree.children(want["set_children"], want["input_type"]))
    elif want.get("add_children"):
        _add_children(tree, want)
    elif "value" in want:
        _set_value(tree, want)
    elif not tree.find(xpath):
        tree.make(xpath)


def _remove(tree: Tree, xpath: str) -> None:
    for found in tree.find(xpath):
        if not lxml().iselement(found):
            if not getattr(found, "is_attribute", False):
                raise Fail("'%s' finds what is neither an element nor an attribute" % xpath)
            del found.getparent().attrib[found.attrname]
        elif found.getparent() is None:
            raise Fail("'%s' is the root of the document, which has to stay" % xpath)
        else:
            found.getparent().remove(found)


def _set_children(tree: Tree, xpath: str, new: list[Any]) -> None:
    texts = [lxml().tostring(child) for child in new]
    for element in tree.elements(xpath):
        old = list(element)
        if [lxml().tostring(child) for child in old] != texts:
            for child in old:
                element.remove(child)
            element.extend(new)


def _add_children(tree: Tree, want: dict[str, Any]) -> None:
    new = xml_tree.children(want["add_children"], want["input_type"])
    found = tree.elements(want["xpath"])
    if not found:
        return
    if not (want["insertbefore"] or want["insertafter"]):
        found[-1].extend(new)
        return
    beside = found[0 if want["insertbefore"] else -1]
    parent = beside.getparent()
    if parent is None:
        raise Fail("nothing can be added beside the root of the document")
    at = parent.index(beside) + want["insertafter"]
    for child in reversed(new):
        parent.insert(at, child)


def _set_value(tree: Tree, want: dict[str, Any]) -> None:
    xpath: str = want["xpath"]
    if not tree.elements(xpath):
        if not want["create_if_missing"]:
            return
        tree.make(xpath)
    elements = tree.elements(xpath)
    if not elements:
        raise Fail("the expression '%s' finds no element" % xpath)
    for element in elements:
        if want.get("attribute"):
            element.set(tree.full_name(want["attribute"]), want["value"])
        else:
            element.text = want["value"]


class Document:
    """The file or text of a task, as it was and as it is."""

    def __init__(self, request: Request, want: dict[str, Any]) -> None:
        self.request = request
        self.want = want
        self.path = expand(request, want["path"]) if "path" in want else ""
        self.old = self._read()
        etree = lxml()
        parser = etree.XMLParser(
            remove_blank_text=want["pretty_print"],
            strip_cdata=want["strip_cdata_tags"],
            huge_tree=want["huge_tree"],
        )
        try:
            self.tree = etree.ElementTree(etree.fromstring(self.old, parser))
        except etree.XMLSyntaxError as error:
            raise Fail("%s is no XML: %s" % (self.path or "the text", error)) from None
        self.before = copy.deepcopy(self.tree)

    def _read(self) -> bytes:
        if not self.path:
            return self.want["xmlstring"].encode()
        if not os.path.isfile(self.path):
            raise Fail("the file '%s' is not there" % self.path)
        return b"".join(files.read(self.path))

    def finish(self, found: Result) -> Result:
        """Write the document if it has changed, and return the task's result."""
        actions = {key: self.want[key] for key in ("xpath", "namespaces", "state")}
        result: Result = dict(found, actions=actions, changed=_bare(self.before) != _bare(self.tree))
        if not result.get("count", 1) and not self.want["count"]:
            del result["count"]
        if result["changed"]:
            if self.request.diff:
                result["diff"] = {
                    "before": _written(self.before).decode(),
                    "after": _written(self.tree).decode(),
                }
            self._save(_written(self.tree, self.want["pretty_print"]), result)
        if not self.path:
            result["xmlstring"] = _written(self.tree, self.want["pretty_print"]).decode()
        return result

    def reformatted(self) -> Result:
        """Write the document indented, and return the task's result."""
        new = _written(self.tree)
        result: Result = {"changed": new != self.old}
        if not self.path:
            result["xmlstring"] = new.decode()
        elif result["changed"]:
            if self.request.diff:
                result["diff"] = files.diff(self.old, new, self.path, self.path)
            self._save(new, result)
        return result

    def _save(self, content: bytes, result: Result) -> None:
        if self.path and not self.request.check:
            written = files.replace(self.request, self.path, [content], {}, backup=self.want["backup"])
            if written.backup:
                result["backup_file"] = written.backup


def _written(tree: Any, pretty: bool = True) -> bytes:
    return lxml().tostring(tree, xml_declaration=True, encoding="UTF-8", pretty_print=pretty)


def _bare(tree: Any) -> bytes:
    """Return a document without the space between its elements."""
    etree = lxml()
    parser = etree.XMLParser(remove_blank_text=True, huge_tree=True)
    return etree.tostring(etree.fromstring(etree.tostring(tree), parser))
