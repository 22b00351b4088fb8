"""`opsflow config`: which settings count here, and who says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from .flags import SettingFlags, with_flags

if TYPE_CHECKING:
    from opsflow.source.config import Layer

Keys = Annotated[list[str] | None, typer.Argument(metavar="KEY...", help="Only these settings.")]
Changed = Annotated[bool, typer.Option("--changed", help="Only those that are not the default.")]
Output = Annotated[str, typer.Option("--output", metavar="FORMAT", help="text or json.")]


@with_flags(SettingFlags)
def config(flags: SettingFlags, keys: Keys = None, changed: Changed = False, output: Output = "text") -> int:
    """Show each setting that counts here, and where it comes from.

    Command line options of a run are taken into account: `opsflow config -f 10 forks`.
    """
    import json

    from opsflow.core.errors import OpsFlowError, did_you_mean
    from opsflow.core.jsonable import jsonable
    from opsflow.source.config import merged

    if output not in ("text", "json"):
        raise typer.BadParameter(f"must be text or json, not '{output}'.", param_hint="--output")
    layers = flags.layers()
    values = {name: _shown(value) for name, value in merged(layers).model_dump().items()}
    for key in keys or ():
        if key not in values:
            raise OpsFlowError(f"there is no setting '{key}'", hint=did_you_mean(key, values))
    sources = {name: _source(name, layers) for name in keys or values}
    wanted = [name for name, source in sources.items() if source != _DEFAULT or not changed]
    if output == "json":
        document = {name: {"value": jsonable(values[name]), "source": sources[name]} for name in wanted}
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        width = max((len(name) for name in wanted), default=0)
        for name in wanted:
            typer.echo(f"{name:<{width}}  {_text(jsonable(values[name]))}  ({sources[name]})")
    return 0


_DEFAULT = "default"


def _source(name: str, layers: list[Layer]) -> str:
    """Return who says what counts: a file with its line, a variable of the environment, the command line."""
    from opsflow.core.origin import COMMAND_LINE
    from opsflow.source.config import ENVIRONMENT

    for layer in reversed(layers):
        if name in layer.values:
            origin = layer.origins[name]
            if layer.place == COMMAND_LINE:
                return COMMAND_LINE
            return f"${origin.file}" if layer.place == ENVIRONMENT else f"{origin.file}:{origin.line}"
    return _DEFAULT


def _shown(value: Any, name: str = "") -> Any:
    """Return a value without the secrets in it."""
    import re

    from opsflow.core.redact import MASK
    from opsflow.source.values import VaultText

    if isinstance(value, dict):
        items = cast(dict[Any, Any], value)
        return {key: _shown(item, str(key)) for key, item in items.items()}
    if isinstance(value, list):
        return [_shown(item, name) for item in value]  # pyright: ignore[reportUnknownVariableType]
    secret = isinstance(value, VaultText) or re.search(_SECRET, name)
    return MASK if secret and value is not None else value


_SECRET = "(?i)(password|passphrase|secret|token|authorization|api_?key|^url)$"  # noqa: S105


def _text(value: Any) -> str:
    import json

    if value is None or value == "" or value == []:
        return "-"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
