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
        state: Literal["present", "absent"] = "present"
        user: Text | None = None
        group: Text | None = None
        ssh_config_file: Path | None = None
        hostname: Text | None = None
        port: Text | None = None
        remote_user: Text | None = None
        identity_file: Path | None = None
        identities_only: Bool | None = None
        add_keys_to_agent: Bool | None = None
        address_family: Literal["any", "inet", "inet6"] | None = None
        controlmaster: Master | None = None
        controlpath: Text | None = None
        controlpersist: Persist | None = None
        dynamicforward: Text | None = None
        forward_agent: Bool | None = None
        host_key_algorithms: Text | None = None
        other_options: Dict | None = None
        proxycommand: Text | None = None
        proxyjump: Text | None = None
        strict_host_key_checking: Strict | None = None
        user_known_hosts_file: Text | None = None

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
