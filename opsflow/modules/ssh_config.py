"""ssh_config: hosts in a configuration file of ssh."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Dict, Path, Text, to_text


def _word(value: Any) -> Any:
    """YAML reads yes and no as booleans."""
    return ("yes" if value else "no") if isinstance(value, bool) else value


Master = Annotated[Literal["yes", "no", "ask", "auto", "autoask"], BeforeValidator(_word)]
Strict = Annotated[Literal["yes", "no", "ask", "accept-new"], BeforeValidator(_word)]
Persist = Annotated[str, BeforeValidator(lambda value: to_text(_word(value)))]
_OTHER = ("user", "group", "ssh_config_file", "state", "host", "other_options")


@modules.register("ssh_config")
class SshConfig(Module):
    """Keep a host's block in a user's configuration of ssh, or the system's; options not given are removed.

    Of options in `other_options` only those given are changed. Other lines stay as they are written.

    Returns:
        hosts_added, hosts_removed, hosts_changed: names of blocks.
        hosts_change_diff: how they were changed.

    Examples:
        - name: Know a host behind a jump host
          ssh_config:
            user: deploy
            host: db1
            hostname: 10.1.0.7
            proxyjump: gate.example.org
            identity_file: ~/.ssh/deploy
    """

    class Args(ModuleArgs):
        host: Text
        """The host or pattern of the section."""
        state: Literal["present", "absent"] = "present"
        """Whether it is to be there."""
        user: Text | None = None
        """Whose file."""
        group: Text | None = None
        """The group that owns a new file."""
        ssh_config_file: Path | None = None
        """The file; else the host's, or the user's."""
        hostname: Text | None = None
        """The name or address to connect to."""
        port: Text | None = None
        """The port."""
        remote_user: Text | None = None
        """The user there."""
        identity_file: Path | None = None
        """The private key."""
        identities_only: Bool | None = None
        """Use no other keys."""
        add_keys_to_agent: Bool | None = None
        """Give keys to the agent."""
        address_family: Literal["any", "inet", "inet6"] | None = None
        """IPv4 or IPv6 only."""
        controlmaster: Master | None = None
        """Share connections."""
        controlpath: Text | None = None
        """The socket for that."""
        controlpersist: Persist | None = None
        """How long they stay."""
        dynamicforward: Text | None = None
        """The port of a SOCKS proxy."""
        forward_agent: Bool | None = None
        """Let the agent be used there."""
        host_key_algorithms: Text | None = None
        """Kinds of host keys that may be used."""
        other_options: Dict | None = None
        """More settings by name, in small letters."""
        proxycommand: Text | None = None
        """The command that connects."""
        proxyjump: Text | None = None
        """The host on the way."""
        strict_host_key_checking: Strict | None = None
        """What becomes of unknown host keys."""
        user_known_hosts_file: Text | None = None
        """The file of known host keys."""

        @model_validator(mode="after")
        def _fits(self) -> Self:
            if self.user and self.ssh_config_file:
                raise ValueError("give user or ssh_config_file, not both")
            if self.proxycommand and self.proxyjump:
                raise ValueError("give proxycommand or proxyjump, not both")
            for name, value in (self.other_options or {}).items():
                if name != name.lower():
                    raise ValueError(f"the name of an option in other_options is lower case: {name}")
                if not isinstance(value, str):
                    raise ValueError(f"the value of {name} in other_options must be text")
                if name in self._own():
                    raise ValueError(f"{name} has an option of its own and can't be in other_options")
            return self

        @classmethod
        def _own(cls) -> dict[str, str]:
            """Return ssh's names of the options that have one of their own here."""
            names = {name: name.replace("_", "") for name in cls.model_fields if name not in _OTHER}
            return {("user" if name == "remote_user" else ssh): name for name, ssh in names.items()}

        def sent(self) -> dict[str, Any]:
            """Return the options of the host by ssh's names, None for those to remove, and where it is."""
            options = {ssh: _text(getattr(self, name)) for ssh, name in self._own().items()}
            options.update(self.other_options or {})
            sent = {"host": self.host, "state": self.state, "options": options}
            for name in ("user", "group", "ssh_config_file"):
                if (value := getattr(self, name)) is not None:
                    sent[name] = value
            return sent

    target = "ssh_config.run"


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return {"True": "yes", "False": "no"}.get(value, value) if value else None
