"""Options that the modules share which speak HTTP from the host."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from .files import FileArgs
from .types import Bool, Dict, Int, Path, StrList, Text, arg


class UrlArgs(FileArgs):
    """What to ask for and how. The host's half takes them as options of its client."""

    url: Text
    """What to ask for: http, https, ftp or file."""
    headers: Dict | None = None
    """Headers of the request, by name."""
    timeout: Int = 10
    """Seconds to wait for the server."""
    url_password: Text | None = arg(None, "password", secret=True)
    """The password for the server."""
    force_basic_auth: Bool = False
    """Send name and password at once, not when the server asks."""
    validate_certs: Bool = True
    """Check the server's certificate."""
    client_cert: Path | None = None
    """A certificate in PEM form to show to the server, its key with it or in `client_key`."""
    client_key: Path | None = None
    """The key of that certificate."""
    ciphers: StrList | None = None
    """The ciphers of TLS that may be used."""
    unredirected_headers: StrList | None = None
    """Headers that are not sent again where the server leads to another place."""
    use_proxy: Bool = True
    """Use the proxies that the environment names."""
    use_netrc: Bool = True
    """Take name and password from ~/.netrc where none are given."""
    use_gssapi: Bool = False
    """Refused: hosts have no library for it."""
    http_agent: Text = "ansible-httpget"
    """How the host calls itself."""
    decompress: Bool = True
    """Unpack an answer that comes packed by gzip."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.use_gssapi:
            raise ValueError("use_gssapi needs a library that hosts do not have: use another authentication")
        if not self.url.lower().startswith(("http://", "https://", "ftp://", "file://")):
            raise ValueError(f"url must begin with http:// or https://: {self.url}")
        return self

    def options(self, *own: str) -> dict[str, object]:
        """Return the options for the host without `use_gssapi` and the module's `own`."""
        return {name: value for name, value in self.sent().items() if name not in ("use_gssapi", *own)}
