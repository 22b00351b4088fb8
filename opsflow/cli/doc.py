"""`opsflow doc`: modules, keywords, filters, tests and lookups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from opsflow.reference.render import Doc

Names = Annotated[list[str] | None, typer.Argument(metavar="NAME...", help="What to show.")]
List = Annotated[bool, typer.Option("-l", "--list", help="Only list the names, with what they are for.")]
Type = Annotated[
    str | None,
    typer.Option("-t", "--type", metavar="TYPE", help="module, keyword, filter, test or lookup."),
]
Output = Annotated[
    str, typer.Option("--output", "--format", metavar="FORMAT", help="text, md (Markdown) or json.")
]

_TYPES = ("module", "keyword", "filter", "test", "lookup")
_OUTPUTS = ("text", "md", "json")


def doc(names: Names = None, list_: List = False, type_: Type = None, output: Output = "text") -> None:
    """Show what a module, keyword, filter, test or lookup does, with options and examples."""
    import json

    from opsflow.core.errors import UsageError
    from opsflow.reference.render import as_markdown, as_text, document

    for value, known, option in ((type_ or "module", _TYPES, "--type"), (output, _OUTPUTS, "--output")):
        if value not in known:
            raise typer.BadParameter(f"must be one of {', '.join(known)}, not '{value}'.", param_hint=option)
    if not names and not list_:
        raise UsageError("name what to show", hint="or list what there is with --list")
    if list_:
        shown = [_find(name, type_ or "module") for name in names or _known(type_ or "module")]
    else:
        shown = [_find(name, type_) for name in names or ()]
    if output == "json":
        documents = [document(found) for found in shown]
        typer.echo(
            json.dumps(documents[0] if len(names or ()) == 1 else documents, indent=2, ensure_ascii=False)
        )
    elif list_:
        width = max(len(found.name) for found in shown)
        for found in shown:
            typer.echo(
                f"{found.name:<{width}}  {found.about.splitlines()[0] if found.about else ''}".rstrip()
            )
    else:
        render = as_markdown if output == "md" else as_text
        typer.echo("\n".join(render(found) for found in shown).rstrip())


def _known(kind: str) -> list[str]:
    from opsflow.playbook.keywords import KEYWORDS
    from opsflow.reference.keywords import FORMS
    from opsflow.reference.modules import module_names
    from opsflow.reference.words import words

    if kind == "module":
        return module_names()
    return sorted([*KEYWORDS, *FORMS] if kind == "keyword" else words(kind))


def _find(name: str, kind: str | None) -> Doc:
    """Return the documentation of a name: of a kind, or of the first kind that has it."""
    from opsflow.core.errors import OpsFlowError, did_you_mean
    from opsflow.modules.base.module import short_name
    from opsflow.reference.keywords import keyword_doc
    from opsflow.reference.modules import module_doc
    from opsflow.reference.words import word_doc

    kinds = [kind] if kind else _TYPES
    short = short_name(name)
    for one in kinds:
        if short in _known(one):
            if one == "module":
                return module_doc(short)
            return keyword_doc(short) if one == "keyword" else word_doc(one, short)
    hint = did_you_mean(short, [known for one in kinds for known in _known(one)])
    raise OpsFlowError(f"there is no {kind or 'module, keyword, filter, test or lookup'} '{name}'", hint=hint)
