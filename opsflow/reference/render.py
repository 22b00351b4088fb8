"""Documentation as text for a terminal, as Markdown, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .keywords import KeywordDoc
from .modules import ModuleDoc
from .options import Option
from .words import WordDoc

Doc = ModuleDoc | KeywordDoc | WordDoc


def as_text(doc: Doc) -> str:
    """Return documentation as a person reads it on a terminal."""
    match doc:
        case ModuleDoc():
            return "\n".join(_module_text(doc))
        case KeywordDoc():
            of = ", ".join(doc.where)
            down = "; what is below takes it over" if doc.inherited else ""
            return f"{doc.name} ({doc.type})\n\n{doc.about}\n\nkeyword of: {of}{down}\n"
        case WordDoc():
            return f"{doc.call}\n\n{doc.about}\n"


def _module_text(doc: ModuleDoc) -> Iterator[str]:
    yield f"{doc.name}\n"
    yield doc.about
    yield from ("", *doc.notes)
    if doc.options:
        yield "\noptions (* must be given):\n"
    for option in doc.options:
        yield f"  {'*' if option.required else ' '} {option.name}  {_facts(option)}"
        yield from (f"        {line}" for line in option.about.splitlines())
    if doc.returns:
        yield "\nreturns:\n"
    for name, about in doc.returns.items():
        yield f"    {name}: {about}"
    yield "\nexamples:\n"
    yield from (f"    {line}".rstrip() for line in doc.examples.splitlines())


def _facts(option: Option) -> str:
    facts = [str(option.type)]
    if option.type.choices:
        facts.append(f"one of {', '.join(repr(str(choice))[1:-1] for choice in option.type.choices)}")
    if option.default not in (None, [], "", ()):
        facts.append(f"default {_default(option)}")
    if option.aliases:
        facts.append(f"also {', '.join(option.aliases)}")
    if option.secret:
        facts.append("never shown")
    return f"({'; '.join(facts)})"


def _default(option: Option) -> str:
    value = option.default
    return json.dumps(value) if isinstance(value, bool | list) else repr(str(value))[1:-1]


def as_markdown(doc: Doc) -> str:
    """Return documentation as Markdown."""
    if not isinstance(doc, ModuleDoc):
        title, _, rest = as_text(doc).partition("\n")
        return f"## `{title}`\n{rest}"
    return "\n".join(_module_markdown(doc))


def _module_markdown(doc: ModuleDoc) -> Iterator[str]:
    yield f"## {doc.name}\n\n{doc.about}\n"
    if doc.notes:
        yield f"{' '.join(doc.notes)}\n"
    if doc.options:
        yield "| option | type | default | |\n|---|---|---|---|"
    for option in doc.options:
        names = ", ".join(f"`{name}`" for name in (option.name, *option.aliases))
        choices = (
            ": " + ", ".join(f"`{choice!s}`" for choice in option.type.choices) if option.type.choices else ""
        )
        default = "required" if option.required else _default(option) if option.default is not None else ""
        about = option.about.replace("\n", " ")
        yield (
            "| "
            + " | ".join(_cell(part) for part in (names, f"{option.type}{choices}", default, about))
            + " |"
        )
    if doc.returns:
        yield "\n| returned | |\n|---|---|"
    for name, about in doc.returns.items():
        yield f"| `{name}` | {_cell(about)} |"
    yield f"\n```yaml\n{doc.examples}```\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", "\\n")


def document(doc: Doc) -> dict[str, Any]:
    """Return documentation as values for JSON."""
    match doc:
        case ModuleDoc():
            options = {option.name: _option(option) for option in doc.options}
            return {
                "kind": "module",
                "name": doc.name,
                "about": doc.about,
                "notes": list(doc.notes),
                "options": options,
                "returns": doc.returns,
                "examples": doc.examples,
            }
        case KeywordDoc():
            return {
                "kind": "keyword",
                "name": doc.name,
                "about": doc.about,
                "type": str(doc.type),
                "where": doc.where,
                "inherited": doc.inherited,
            }
        case WordDoc():
            return {"kind": doc.kind, "name": doc.name, "about": doc.about, "call": doc.call}


def _option(option: Option) -> dict[str, Any]:
    found: dict[str, Any] = {"type": option.type.kind, "required": option.required, "about": option.about}
    if option.type.items:
        found["items"] = option.type.items.kind
    if option.type.choices:
        found["choices"] = list(option.type.choices)
    if not option.required:
        found["default"] = option.default
    return found | {"aliases": list(option.aliases), "secret": option.secret}
