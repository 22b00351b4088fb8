"""Records results until it is killed; says the number of each that is committed: `python killed.py URL`."""

from __future__ import annotations

import sys
from pathlib import Path

from opsflow.core.events import TaskStarted
from opsflow.core.results import Status
from opsflow.ledger import writer
from opsflow.ledger.record import Recorder
from opsflow.ledger.store import open_store
from tests.unit.ledger.conftest import header
from tests.unit.ledger.events import HOSTS, begun, ended, task


def main(url: str, directory: str, run_id: str) -> None:
    def write(self: writer.Writer, batch: list[writer.Job]) -> None:
        whole(self, batch)
        sys.stdout.write(f"{len(batch)}\n")
        sys.stdout.flush()

    whole, writer.Writer._write = writer.Writer._write, write  # type: ignore[method-assign]
    recorder = Recorder(open_store(url), header(Path(directory)), outputs=Path(directory) / "output")
    for event in begun(HOSTS, run_id):
        recorder(event)
    info = task(1, "Loop")
    recorder(TaskStarted(info, HOSTS))
    while not recorder.error:
        recorder(
            ended(info, "web1", Status.CHANGED, {"changed": True, "dest": "/etc/x", "stdout": "x" * 3000})
        )
        if len(recorder._writer._jobs) > 500:
            recorder._writer._thread.join(0.002)
    sys.stderr.write(recorder.error.message)


if __name__ == "__main__":
    main(*sys.argv[1:])
