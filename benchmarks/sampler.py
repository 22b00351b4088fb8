"""Where CPU goes: `python -m benchmarks.sampler FILE play …` does as `opsflow play …`, and writes a profile.

A signal after each millisecond of CPU of this process (or as often as the kernel's clock ticks) looks at the
main thread's stack: what costs little is seen less often than what costs much, and nothing is slowed down.
cProfile counts each call instead, which makes small functions seem dear.
"""

from __future__ import annotations

import signal
import sys
import time
from collections import Counter
from pathlib import Path
from types import FrameType

INTERVAL_S = 0.001
_SHOWN = 45
_IMPORTING = "importing modules"
_TOLD = ("opsflow.", "asyncssh.", "jinja2.", "pydantic.", "yaml.")
_WHOLE = 0.9
"""A function in which more of the time is spent tells nothing: it is the run."""


class Sampler:
    """Counts where the CPU is.

    Attributes:
        rooms: samples by the part of the program whose code runs.
        functions: samples by function, all that it calls included.
    """

    def __init__(self) -> None:
        self.samples = 0
        self.rooms: Counter[str] = Counter()
        self.functions: Counter[str] = Counter()

    def start(self) -> None:
        """Begin to look."""
        signal.signal(signal.SIGPROF, self._look)
        signal.setitimer(signal.ITIMER_PROF, INTERVAL_S, INTERVAL_S)

    def stop(self) -> None:
        """Look no more."""
        signal.setitimer(signal.ITIMER_PROF, 0)

    def _look(self, _signal: int, frame: FrameType | None) -> None:
        self.samples += 1
        room, seen = "", set[str]()
        while frame:
            module = str(frame.f_globals.get("__name__", "?"))
            if module.startswith(("importlib._boot", "_frozen_importlib")):
                room = _IMPORTING
            room = room or _room(module)
            if module.startswith(_TOLD):
                seen.add(f"{module}.{frame.f_code.co_qualname}")
            frame = frame.f_back
        self.rooms[room] += 1
        self.functions.update(seen)

    def text(self, cpu: float) -> str:
        """Return both tables. `cpu`: seconds that the whole process took."""
        lines = [f"{cpu:.2f} s of CPU, {self.samples} samples", "", "by room, itself only"]
        lines += [self._line(name, count) for name, count in self.rooms.most_common(25)]
        lines += ["", "by function, with all that it calls"]
        parts = [one for one in self.functions.most_common() if one[1] <= _WHOLE * self.samples]
        lines += [self._line(name, count) for name, count in parts[:_SHOWN]]
        return "\n".join(lines) + "\n"

    def _line(self, name: str, count: int) -> str:
        return f"{100 * count / max(1, self.samples):6.1f} %  {name}"


def _room(module: str) -> str:
    """Return the part of the program that a module belongs to."""
    names = module.split(".")
    return ".".join(names[:2]) if names[0] == "opsflow" else names[0]


def main() -> None:
    place = Path(sys.argv[1])
    sys.argv = ["opsflow", *sys.argv[2:]]
    sampler = Sampler()
    sampler.start()
    try:
        from opsflow.__main__ import main as opsflow

        opsflow()
    finally:
        sampler.stop()
        place.write_text(sampler.text(time.process_time()))


if __name__ == "__main__":
    main()
