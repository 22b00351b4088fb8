"""slurp: a file's content."""

from __future__ import annotations

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Path, arg


@modules.register("slurp")
class Slurp(Module):
    """Return a file of the host in `content`, base64 unless `armor` is off.

    Returns:
        content: the file, in base64.
        encoding: base64.
        source: its path.

    Examples:
        - name: Read a file of the host
          slurp:
            src: /etc/machine-id
          register: machine

        - name: Show it
          debug:
            msg: "{{ machine.content | b64decode | trim }}"
    """

    class Args(ModuleArgs):
        src: Path = arg(..., "path")
        """The file."""
        armor: Bool = True
        """Return the content in base64; if not, as text."""

    target = "slurp.run"
