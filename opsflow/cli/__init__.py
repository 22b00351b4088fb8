"""What a person types: a file a command."""

from __future__ import annotations

import sys
from types import ModuleType


def _without_plugins() -> None:
    """Keep pydantic from searching all installed packages for plugins of its own, at each start.

    Only this program does, not those that import us. Where pydantic has no such module any more it searches.
    """
    stub = ModuleType("pydantic.plugin._loader")
    stub.__dict__["get_plugins"] = lambda: ()
    sys.modules.setdefault(stub.__name__, stub)


_without_plugins()
