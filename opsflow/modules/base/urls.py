"""Options that the modules share which speak HTTP from the host."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from .files import FileArgs
from .types import Bool, Dict, Int, Path, StrList, Text, arg


class UrlArgs(FileArgs):
    """What to ask for and how. The host's half takes them as options of its client."""

    url: Text
    headers: Dict | None = None
    timeout: Int = 10
    url_password: Text | None = arg(None, "password", secret=True)
    force_basic_auth: Bool = False
    validate_certs: Bool = True
    client_cert: Path | None = None
    client_key: Path | None = None
    ciphers: StrList | None = None
    unredirected_headers: StrList | None = None
    use_proxy: Bool = True
    use_netrc: Bool = True
    use_gssapi: Bool = False
    http_agent: Text = "ansible-httpget"
    decompress: Bool = True

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
