"""xml: parts of an XML file or text, found by XPath."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Dict, List, Path, Text, arg, to_text


def _plain(value: Any) -> str | None:
    if isinstance(value, bool):
        raise ValueError("must be text: put it in quotes")
    return None if value is None else to_text(value)


Plain = Annotated[str | None, BeforeValidator(_plain)]


@modules.register("xml")
class Xml(Module):
    """Read, set, add and remove elements and attributes of an XML file, or of a text that is returned.

    The host needs lxml: Debian's package python3-lxml.

    Returns:
        actions: `xpath`, `namespaces` and `state` as asked for.
        count: the number of elements found, with `count` and `content`.
        matches: what was found: elements by name, with their text or attributes.
        xmlstring: the text as it is now, with `xmlstring`.
        msg: what was found, in words.
        backup_file: the copy of the old file, with `backup`.

    Examples:
        - name: Set a port
          xml:
            path: /etc/app/server.xml
            xpath: /Server/Service/Connector
            attribute: port
            value: "8443"

        - name: Add users
          xml:
            path: /etc/app/users.xml
            xpath: /users
            add_children:
              - user: {name: ann, role: admin}
              - user: bob
    """

    class Args(ModuleArgs):
        path: Path | None = arg(None, "dest", "file")
        """The file."""
        xmlstring: Text | None = None
        """XML to work on instead of a file; the outcome is returned."""
        xpath: Text | None = None
        """Which elements or attributes; elements that a simple path names are made where they are missing."""
        namespaces: Dict = arg({})
        """Prefixes in the expression, and the namespaces that they stand for."""
        state: Literal["absent", "present"] = arg("present", "ensure")
        """Whether what the expression finds is to be there."""
        value: Plain = None
        """The text of the elements, or of their `attribute`; quote what YAML takes for a boolean."""
        attribute: Plain = None
        """The attribute that gets the value."""
        add_children: List | None = None
        """Elements to add: NAME, `NAME: text`, or `NAME: {attribute: value, +value: text, _: [children]}`."""
        set_children: List | None = None
        """The only elements that are to be below those found."""
        input_type: Literal["xml", "yaml"] = "yaml"
        """Whether children are written as YAML or as pieces of XML."""
        insertbefore: Bool = False
        """Add the children before the first one that is found, not below."""
        insertafter: Bool = False
        """Add the children behind the last one that is found, not below."""
        count: Bool = False
        """Only count what is found."""
        print_match: Bool = False
        """Only tell where what is found stands."""
        content: Literal["attribute", "text"] | None = None
        """Only return the attributes or the text of what is found."""
        create_if_missing: Bool = True
        """Make an element that is to get a value; if not, nothing is done where it is missing."""
        pretty_print: Bool = False
        """Write it indented."""
        strip_cdata_tags: Bool = False
        """Turn CDATA sections into plain text."""
        huge_tree: Bool = False
        """Read very deep and very large files too."""
        backup: Bool = False
        """Keep a copy of the old file."""

        @model_validator(mode="after")
        def _fits(self) -> Self:
            if (self.path is None) == (self.xmlstring is None):
                raise ValueError("give path or xmlstring")
            acts = ("add_children", "set_children", "value", "content", "count", "print_match")
            given = [name for name in acts if getattr(self, name) not in (None, False)]
            if len(given) > 1:
                raise ValueError(f"{given[0]} and {given[1]} do not go together")
            if self.xpath is None and (given or not self.pretty_print):
                raise ValueError(f"{given[0]} needs xpath" if given else "give xpath, or pretty_print")
            if self.attribute is not None and self.value is None:
                raise ValueError("attribute needs value")
            if self.insertbefore and self.insertafter:
                raise ValueError("give insertbefore or insertafter, not both")
            return self

    target = "xml.run"
