"""Options that the modules for Docker share: where the daemon is."""

from __future__ import annotations

import re
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, model_validator

from .module import ModuleArgs
from .types import Bool, Int, Path, Text, arg, to_dict

_SIZE = re.compile(r"\s*(\d*\.?\d+)\s*([bkmgtpezy]?)b?\s*$", re.IGNORECASE)
_UNITS = "bkmgtpezy"


def to_bytes(value: Any) -> int:
    """Return a size such as 512M as a number of bytes. Raises ValueError."""
    found = _SIZE.match(str(value)) if isinstance(value, str | int | float) else None
    if found is None or isinstance(value, bool):
        raise ValueError("must be a size such as 512M: a number with B, K, M, G, T or P")
    return round(float(found[1]) * 1024 ** _UNITS.index(found[2].lower() or "b"))


def _labels(value: Any) -> dict[str, str]:
    return {_key(key): _label(key, one) for key, one in to_dict(value).items()}


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise ValueError(f"has the key {key!r}, which is no text: put it in quotes")
    return str.__str__(key)


def _label(key: Any, value: Any) -> str:
    if isinstance(value, bool | float):
        raise ValueError(f"has a value for {key} that could be read in several ways: put it in quotes")
    return str(value)


def _texts(value: Any) -> dict[str, str]:
    return {
        str(key): str(one).lower() if isinstance(one, bool) else str(one)
        for key, one in to_dict(value).items()
    }


Size = Annotated[int, BeforeValidator(to_bytes)]
"""A size in bytes, written as 512M."""
SizeOrUnlimited = Annotated[
    int, BeforeValidator(lambda value: -1 if value in ("unlimited", "-1", -1) else to_bytes(value))
]
"""A size, or none: -1."""
Labels = Annotated[dict[str, str], BeforeValidator(_labels)]
Texts = Annotated[dict[str, str], BeforeValidator(_texts)]
"""A mapping to texts, as programs in Go like them: true and false for booleans."""


class TlsArgs(ModuleArgs):
    """Which daemon, and how it is known to be that one. What is not given, the host's environment tells."""

    docker_host: Text = arg("unix:///var/run/docker.sock", "docker_url")
    """Where Docker listens: `unix://…` or `tcp://…`."""
    tls_hostname: Text | None = None
    """The name that the server's certificate must have."""
    api_version: Text = arg("auto", "docker_api_version")
    """The version of Docker's interface to speak; `auto` asks."""
    ca_path: Path | None = arg(None, "ca_cert", "tls_ca_cert", "cacert_path")
    """Certificates that are trusted."""
    client_cert: Path | None = arg(None, "tls_client_cert", "cert_path")
    """A certificate to show to Docker."""
    client_key: Path | None = arg(None, "tls_client_key", "key_path")
    """The key of that certificate."""
    tls: Bool = False
    """Encrypt the connection, without checking who it is."""
    validate_certs: Bool = arg(False, "tls_verify")
    """Encrypt the connection, and check the server's certificate."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.client_cert is None) != (self.client_key is None):
            raise ValueError("client_cert and client_key go together")
        return self

    def sent(self) -> dict[str, Any]:
        """Return the options with those that say where the daemon is as one, `docker`, as far as given."""
        sent = super().sent()
        where = set((DockerArgs if isinstance(self, DockerArgs) else TlsArgs).model_fields)
        given = {name: value for name, value in sent.items() if name in where & self.model_fields_set}
        return {"docker": given, **{name: value for name, value in sent.items() if name not in where}}


class DockerArgs(TlsArgs):
    """Options of the modules that speak with the daemon themselves."""

    timeout: Int = 60
    """Seconds to wait for an answer of Docker."""
    use_ssh_client: Bool = False
    """Refused: the task itself runs where Docker is."""
    debug: Bool = False
    """Has no meaning here."""

    @model_validator(mode="after")
    def _here(self) -> Self:
        if self.use_ssh_client or self.docker_host.startswith("ssh://"):
            raise ValueError("a daemon is not reached by ssh: let the task run on its host, or give tcp://")
        return self
