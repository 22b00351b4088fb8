"""All that a ledger holds, as one text: to look for what must not be in it."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from opsflow.ledger.store import open_store

TABLES = (
    "meta",
    "runs",
    "plays",
    "waves",
    "tasks",
    "results",
    "notes",
    "requests",
    "audit",
    "notifications",
    "leases",
)


def ledger_text(url: str, *outputs: Path) -> str:
    """Return every value of every row, and all files with long output below some directories."""
    store = open_store(url, read_only=True)
    found: list[str] = []
    for table in TABLES:
        for row in store.rows(f"SELECT * FROM {table}"):
            found += [zlib.decompress(one).decode() if isinstance(one, bytes) else str(one) for one in row]
    store.close()
    files = [file for directory in outputs for file in directory.rglob("*.json.gz")]
    return "\n".join([*found, *(gzip.decompress(file.read_bytes()).decode() for file in files)])
