"""slurp: a file's content."""

from __future__ import annotations

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Path, arg


@modules.register("slurp")
class Slurp(Module):
    """Return a file of the host in `content`, base64 unless `armor` is off."""

    class Args(ModuleArgs):
        src: Path = arg(..., "path")
        armor: Bool = True

    target = "slurp.run"
