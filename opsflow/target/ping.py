"""Answers, to show that the whole way to the host and back works."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from opsflow.target.request import Request


def run(request: Request, data: str = "pong") -> dict[str, object]:
    """Return `data` as `ping`; crash when it is the word "crash", as Ansible's module does."""
    if data == "crash":
        raise RuntimeError("boom")
    return {"ping": data, "changed": False}
