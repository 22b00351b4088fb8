"""authorized_key: SSH keys that may log in."""

from __future__ import annotations

from typing import Literal

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Bool, Path, Text


@modules.register("authorized_key")
class AuthorizedKey(Module):
    r"""Add or remove SSH public keys of a user; `key` may hold several lines, or the address of a file.

    `validate_certs` is accepted: certificates are always validated.

    Returns:
        keyfile: the file of the keys.
        user, key, state, exclusive, path, manage_dir: as asked for.

    Examples:
        - name: Let a person log in
          authorized_key:
            user: deploy
            key: "{{ lookup('file', 'keys/anna.pub') }}"
            comment: anna

        - name: Let these people log in and nobody else
          authorized_key:
            user: deploy
            key: "{{ people | map('extract', keys) | join('\n') }}"
            exclusive: true
    """

    class Args(ModuleArgs):
        user: Text
        key: Text
        state: Literal["present", "absent"] = "present"
        path: Path | None = None
        key_options: Text | None = None
        comment: Text | None = None
        exclusive: Bool = False
        manage_dir: Bool = True
        follow: Bool = False
        validate_certs: Bool = True

    target = "authorized_key.run"

    async def run(self, task: TaskContext, args: Args) -> Result:
        sent = args.sent()
        validated = sent.pop("validate_certs")
        return {**await task.call(self.target, sent), "validate_certs": validated}
