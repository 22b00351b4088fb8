"""The process of a module in Python that a project ships: it loads what came with it and becomes it.

It gets the code of the module and of all that it imports of `ansible.module_utils`, compiled, through its
standard input or a socket; nothing of it is in a file. As most of a module's time would go into starting
Python, a process that has the common imports done already can fork for each module: `serve`.
"""

from __future__ import annotations

import json
import marshal
import os
import signal
import socket
import sys
import traceback
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_BASIC = "ansible.module_utils.basic"
_SELF = "own_child"


class Loader:
    """Imports what came along, before anything that is installed on the host."""

    def __init__(
        self, units: dict[str, tuple[bool, CodeType]], sources: dict[str, str], arguments: dict[str, Any]
    ) -> None:
        self.units = units
        self.sources = sources
        self.arguments = arguments

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Return how a module is loaded; None for those that did not come along."""
        unit = self.units.get(name)
        if unit is None:
            return None
        spec = ModuleSpec(name, self, origin=unit[1].co_filename, is_package=unit[0])  # type: ignore[arg-type]
        spec.has_location = True
        return spec

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Let Python make it."""
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Run a module's code."""
        exec(self.units[module.__name__][1], module.__dict__)  # noqa: S102
        if module.__name__ == _BASIC:
            given = json.dumps({"ANSIBLE_MODULE_ARGS": self.arguments})
            module._ANSIBLE_ARGS = given.encode("ascii")  # type: ignore[attr-defined]

    def get_source(self, name: str) -> str | None:
        """Return the source of a module, which tracebacks show."""
        return self.sources.get(name)

    def script(self) -> str:
        """Return a program that does the same in another Python."""
        main = sys.modules["__main__"]
        labels = {name: (unit[0], unit[1].co_filename) for name, unit in self.units.items()}
        told = json.dumps([sys.argv[0], main.__file__, labels, self.sources, self.arguments])
        return "%s\n\nrestart(%r)\n" % (self.sources[_SELF], told)


def main(
    name: str,
    code: CodeType,
    units: dict[str, tuple[bool, CodeType]],
    sources: dict[str, str],
    arguments: dict[str, Any],
) -> None:
    """Become the module.

    Args:
        name: what it is called.
        code: its code.
        units: what it may import, by name: whether it is a package, and its code.
        sources: the texts of all of it by module name, for tracebacks, and for `restart`.
        arguments: the task's options.
    """
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    loader = Loader(units, sources, arguments)
    sys.meta_path.insert(0, loader)  # type: ignore[arg-type]
    sys.argv = [name]
    module = ModuleType("__main__")
    module.__file__ = code.co_filename
    module.__loader__ = loader  # type: ignore[assignment]
    sys.modules["__main__"] = module
    try:
        exec(code, module.__dict__)  # noqa: S102
    except Exception as error:
        _tell(
            {
                "failed": True,
                "msg": "Task failed: Module failed: %s" % _said(error),
                "exception": _trace(error),
            }
        )
        sys.exit(1)
    except BaseException as error:
        if not isinstance(error, SystemExit):
            sys.stderr.write(_trace(error))
            sys.exit(1)
        raise
    text = "Task failed: Module failed: New-style module did not handle its own exit."
    _tell({"failed": True, "msg": text})
    sys.exit(1)


def restart(told: str) -> None:
    """Become a module that was another Python's before: `told` is what `Loader.script` wrote."""
    name, label, labels, sources, arguments = json.loads(told)
    units = {
        unit: (package, compile(sources[unit], place, "exec", dont_inherit=True))
        for unit, (package, place) in labels.items()
    }
    main(name, compile(sources["__main__"], label, "exec", dont_inherit=True), units, sources, arguments)


def _tell(result: dict[str, Any]) -> None:
    """Give a result for a module that gave none itself; one that it has written already stands."""
    sys.stdout.write("\n%s\n" % json.dumps(result))
    sys.stdout.flush()


def _said(error: BaseException) -> str:
    """Return what an exception says, and those that led to it."""
    cause = error.__cause__
    return "%s: %s" % (error, _said(cause)) if cause else str(error)


def _trace(error: BaseException) -> str:
    """Return a traceback that begins in the module."""
    own = error.__traceback__.tb_next if error.__traceback__ else None
    return "".join(traceback.format_exception(type(error), error, own))


# starting modules by forking

_COMMON = (
    "atexit", "ast", "binascii", "codecs", "collections", "datetime", "errno", "fcntl", "fnmatch", "glob",
    "grp", "hashlib", "platform", "pwd", "queue", "random", "re", "selectors", "shlex", "shutil", "stat",
    "string", "struct", "subprocess", "syslog", "tempfile", "textwrap", "threading", "time", "uuid",
)  # fmt: skip
LENGTH = 8  # bytes in front of what is sent that say how much it is


def serve(number: int) -> None:
    """Start modules until nobody is left who asks.

    Each question is a length and then, in marshal's form, the arguments of `main` and the environment. With
    it come three descriptors: of the output, of the error text, and one that is told the process group's
    number and later how it ended.

    Args:
        number: the descriptor of the socket that questions come through.
    """
    for name in _COMMON:
        __import__(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks
    questions = socket.socket(fileno=number)
    while True:
        head, given = _receive(questions)
        size = int.from_bytes(head, "big")
        question = _read(questions, size) if head else b""
        if not head or len(question) < size:
            os._exit(0)
        if os.fork() == 0:
            questions.close()
            _begin(question, *given)
        for descriptor in given:
            os.close(descriptor)


def _receive(questions: socket.socket) -> tuple[bytes, list[int]]:
    """Return the head of a question and its descriptors, nothing when there will be no more."""
    size = 3 * 4
    head, extra, _, _ = questions.recvmsg(LENGTH, socket.CMSG_SPACE(size))
    head += _read(questions, LENGTH - len(head)) if head else b""
    data = b"".join(item[2] for item in extra)[:size]
    return head, [int.from_bytes(data[at : at + 4], sys.byteorder) for at in range(0, len(data), 4)]


def _read(questions: socket.socket, size: int) -> bytes:
    parts: list[bytes] = []
    while size:
        part = questions.recv(min(size, 1 << 20))
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _begin(question: bytes, out: int, err: int, told: int) -> None:
    """Lead a process group of a module and tell how it ended. The module's process never returns."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.write(told, b"%d\n" % os.getpid())
    child = os.fork()
    if child:
        os.close(out)
        os.close(err)
        status = os.waitpid(child, 0)[1]
        code = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        os.write(told, b"%d\n" % code)
        os._exit(0)
    os.dup2(out, 1)
    os.dup2(err, 2)
    for descriptor in (out, err, told):
        os.close(descriptor)
    arguments, environment = marshal.loads(question)  # noqa: S302
    os.environ.clear()
    os.environ.update(environment)
    sys.modules["random"].seed()
    main(*arguments)
    sys.exit(0)
