"""`opsflow schema`: JSON Schema for editors."""

from __future__ import annotations

from typing import Annotated

import typer

from . import options as o

Kind = Annotated[str, typer.Argument(metavar="KIND", help="playbook, tasks, inventory or config.")]


def schema(kind: Kind, config: o.ConfigFile = None) -> None:
    """Print the JSON Schema (draft 2020-12) of a kind of file, by which editors check and complete.

    Modules in `library/` of the current directory, and where the configuration says, are known.
    """
    import json
    from pathlib import Path

    from opsflow.reference.schema import SCHEMAS

    if kind not in SCHEMAS:
        raise typer.BadParameter(f"must be one of {', '.join(SCHEMAS)}, not '{kind}'.", param_hint="KIND")
    places = o.own_places(o.read_config(config))
    places.add(Path.cwd())
    typer.echo(json.dumps(SCHEMAS[kind](places.files("library")), indent=1, ensure_ascii=False))
