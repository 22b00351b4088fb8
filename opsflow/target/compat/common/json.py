"""Values to JSON."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

import json

from opsflow.target.compat.common.text.converters import default_of, jsonify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["AnsibleJSONEncoder", "json_dump", "jsonify"]


class AnsibleJSONEncoder(json.JSONEncoder):
    """Writes sets as lists, dates as text, bytes as text."""

    def default(self, o: Any) -> Any:
        return default_of(o)


def json_dump(structure: Any) -> str:
    """Return a value as JSON for people."""
    return json.dumps(structure, cls=AnsibleJSONEncoder, sort_keys=True, indent=4)
