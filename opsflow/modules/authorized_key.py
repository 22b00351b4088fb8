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
        """Whose file."""
        key: Text
        """Keys, one a line, or the URL of such a list."""
        state: Literal["present", "absent"] = "present"
        """Whether they are to be there."""
        path: Path | None = None
        """The file, if not ~/.ssh/authorized_keys."""
        key_options: Text | None = None
        """Options before the key."""
        comment: Text | None = None
        """The comment behind the key."""
        exclusive: Bool = False
        """Remove all other keys."""
        manage_dir: Bool = True
        """Make the directory and set its permissions."""
        follow: Bool = False
        """Follow a link in the file's place."""
        validate_certs: Bool = True
        """Check the certificate of the server of a URL."""

    target = "authorized_key.run"
    one_call = True

    async def run(self, task: TaskContext, args: Args) -> Result:
        sent = args.sent()
        validated = sent.pop("validate_certs")
        return {**await task.call(self.target, sent), "validate_certs": validated}
