"""A run's summary, a certificate, and servers on the loopback interface."""

from __future__ import annotations

import datetime
import ipaddress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from opsflow.core.origin import Origin
from opsflow.core.redact import Redactor
from opsflow.core.results import (
    Failure,
    HostSummary,
    PackageChange,
    RunSummary,
    Stats,
    Status,
    TaskSummary,
)
from opsflow.notifiers.compose import Composer, Concerned
from opsflow.notifiers.happenings import Happening
from opsflow.notifiers.message import Message
from opsflow.notifiers.report import Report
from opsflow.notifiers.routes import EVERYTHING
from opsflow.templating.render import Renderer
from tests.unit.ledger.conftest import server, store, url  # noqa: F401  fixtures of ours, too


@pytest.fixture
def summary() -> RunSummary:
    """Two hosts: one upgraded and rebooted, one failed."""
    place = Origin("update.yml", 12, 7)
    failure = Failure("Upgrade", place, "apt failed (rc 100)", Status.FAILED, "E: <broken>")
    return RunSummary(
        run_id="r-1",
        playbooks=["update.yml"],
        started=1.7e9,
        duration=61.0,
        hosts={
            "web1": HostSummary(Stats(ok=2, changed=1), [], [PackageChange("vim", "1.0", "1.1")], True),
            "web2": HostSummary(Stats(ok=1, failed=1), [failure]),
        },
        tasks=[TaskSummary("Upgrade", place, {"changed": 1, "failed": 1}, 42.0)],
    )


@pytest.fixture
def report(summary: RunSummary) -> Report:
    return Report(summary)


@pytest.fixture
def message(summary: RunSummary) -> Message:
    """The message at the end of the run, as a notifier gets it that no route names."""
    end = Happening("finished", "error", Report(summary).title, 1.7e9 + 61, tuple(summary.hosts))
    warnings: list[str] = []
    composer = Composer(Renderer(), Redactor())
    message = composer.message([end], summary, Concerned(end.hosts), EVERYTHING, warnings.append)
    assert warnings == []
    return message


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a key and a self-signed certificate for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path.write_bytes(
        key.private_bytes(encoding, form, serialization.NoEncryption()) + certificate.public_bytes(encoding)
    )
    return path
