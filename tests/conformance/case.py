"""The cases: where they are, and with which options they are played."""

from __future__ import annotations

import argparse
import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
CASES = HERE / "cases"


@dataclass(frozen=True)
class Case:
    """One playbook. Its first lines may be comments:

    # run: OPTIONS
    # differs: REASON
    # tell: MODULE…    what these modules return is compared, key by key
    # without: KEY…     but for these keys
    # needs: PROGRAM…  without these on the machine the case is skipped
    # server: KIND     a throwaway `postgresql` or `mariadb` is there: `db_socket`, `db_port`;
                     or at `db_port` one that takes mail (`smtp`), has the case's `files`, or is a
                     proxy that leads to `slack`
    """

    name: str
    playbook: Path
    host = ""  # the one host on which it is played, which is called `host` then

    @property
    def directory(self) -> Path:
        return self.playbook.parent

    @property
    def inventory(self) -> Path:
        """The case's own hosts, or those that all cases share."""
        own = [self.directory / name for name in ("hosts.yml", "hosts.ini", "inventory")]
        return next((path for path in own if path.exists()), HERE / "hosts.yml")

    @property
    def fixture(self) -> Path:
        """What ansible-core told."""
        return self.playbook.with_suffix(".json")

    @property
    def own_fixture(self) -> Path:
        """What OpsFlow tells, where that differs on purpose."""
        return self.playbook.with_suffix(".opsflow.json")

    @property
    def options(self) -> list[str]:
        return shlex.split(self._header("run"))

    @property
    def differs(self) -> str:
        """Why OpsFlow tells something else, empty where it does not."""
        return self._header("differs")

    @property
    def whole(self) -> frozenset[str]:
        """The modules of which all is told that they return."""
        return frozenset(self._header("tell").split())

    @property
    def without(self) -> frozenset[str]:
        """The keys that are not compared."""
        return frozenset(self._header("without").split())

    @property
    def lacking(self) -> list[str]:
        """The programs that this machine does not have."""
        return [name for name in self._header("needs").split() if not shutil.which(name)]

    @property
    def server(self) -> str:
        """The kind of database server that the case needs, empty for none."""
        return self._header("server")

    def _header(self, word: str) -> str:
        found = re.search(rf"^# {word}: (.*)$", self.playbook.read_text(), re.MULTILINE)
        return found[1] if found else ""


def find_cases() -> list[Case]:
    """Return all cases in the order of their names."""
    found: list[Case] = []
    for path in sorted(CASES.glob("*/*")):
        if path.is_dir():
            found.append(Case(f"{path.parent.name}/{path.name}", path / "play.yml"))
        elif path.suffix == ".yml":
            found.append(Case(f"{path.parent.name}/{path.stem}", path))
    return found


def parse_options(words: list[str]) -> argparse.Namespace:
    """Read the options of a case, which are spelt as for `ansible-playbook` and `opsflow play`."""
    parser = argparse.ArgumentParser(prog="case")
    parser.add_argument("-e", "--extra-vars", action="append")
    parser.add_argument("-t", "--tags", action="append")
    parser.add_argument("--skip-tags", action="append")
    parser.add_argument("-l", "--limit")
    parser.add_argument("--start-at-task")
    parser.add_argument("-C", "--check", action="store_true")
    parser.add_argument("-D", "--diff", action="store_true")
    parser.add_argument("--force-handlers", action="store_true")
    parser.add_argument("--vault-id", action="append")
    parser.add_argument("--vault-password-file", action="append")
    return parser.parse_args(words)
