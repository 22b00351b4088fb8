"""java_cert: certificates in a key store of Java."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.files import FileArgs
from .base.module import Module, modules
from .base.types import Bool, Int, Path, Text, arg

SOURCES = ("cert_url", "cert_path", "cert_content", "pkcs12_path")


@modules.register("java_cert")
class JavaCert(Module):
    """Have a certificate in a key store of Java, or not, by keytool, to which passwords go as input.

    A certificate of the same name that is another one is replaced.

    Returns:
        cmd: the last call of keytool that changed something.
        msg, stdout, error: what it said.
        rc: its exit code.

    Examples:
        - name: Trust our own authority
          java_cert:
            cert_path: /usr/local/share/ca-certificates/example.crt
            cert_alias: example
            keystore_path: /etc/ssl/certs/java/cacerts
            keystore_pass: changeit
            trust_cacert: true
    """

    class Args(FileArgs):
        keystore_path: Path
        """The key store."""
        keystore_pass: Text = arg(..., secret=True)
        """Its password."""
        keystore_create: Bool = False
        """Make the key store if it is not there."""
        keystore_type: Text | None = None
        """Its kind, such as PKCS12 or JKS, if not Java's default."""
        state: Literal["absent", "present"] = "present"
        """Whether the certificate is to be in it."""
        cert_alias: Text | None = None
        """The certificate's name in the store; that of `cert_url` if there is none."""
        cert_url: Text | None = None
        """A host whose certificate is fetched over TLS."""
        cert_port: Int = 443
        """The port of that host."""
        cert_path: Path | None = None
        """A file of the host with the certificate, PEM or DER."""
        cert_content: Text | None = None
        """The certificate itself, PEM."""
        pkcs12_path: Path | None = None
        """A PKCS#12 file of the host with certificate and key."""
        pkcs12_alias: Text | None = None
        """The name of the entry in that file."""
        pkcs12_password: Text = arg("", secret=True)
        """The password of that file."""
        trust_cacert: Bool = False
        """Trust the authorities that Java knows when the certificate is checked."""
        executable: Text = "keytool"
        """The program keytool, if not that of the search path."""

        @model_validator(mode="after")
        def _complete(self) -> Self:
            given = [name for name in SOURCES if getattr(self, name) is not None]
            if len(given) > 1:
                raise ValueError(f"give one of {', '.join(SOURCES)}")
            if self.state == "present" and not given:
                raise ValueError(f"state present needs one of {', '.join(SOURCES)}")
            if self.cert_alias is None and self.cert_url is None:
                raise ValueError("give cert_alias")
            return self

    target = "java_cert.run"
