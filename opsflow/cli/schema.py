"""`opsflow schema`: JSON Schema for editors."""

from __future__ import annotations

from typing import Annotated

import typer

Kind = Annotated[str, typer.Argument(metavar="KIND", help="playbook, tasks, inventory or config.")]


def schema(kind: Kind) -> None:
    """Print the JSON Schema (draft 2020-12) of a kind of file, by which editors check and complete."""
    import json

    from opsflow.reference.schema import SCHEMAS

    if kind not in SCHEMAS:
        raise typer.BadParameter(f"must be one of {', '.join(SCHEMAS)}, not '{kind}'.", param_hint="KIND")
    typer.echo(json.dumps(SCHEMAS[kind](), indent=1, ensure_ascii=False))
