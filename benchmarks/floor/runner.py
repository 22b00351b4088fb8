"""Over there: one process that reads tasks as frames and does them, without checks, diffs or results.

A frame is four bytes of length and a JSON object. `do` names the function; the rest are its arguments.
"""

import hashlib
import json
import os
import re
import struct
import subprocess
import sys


def ping() -> str:
    return "pong"


def facts() -> "dict[str, str]":
    with open("/etc/os-release") as file:
        pairs = (line.rstrip().partition("=") for line in file if "=" in line)
        return {name: value for name, _, value in pairs}


def command(argv: "list[str]") -> str:
    return subprocess.run(argv, capture_output=True, check=True).stdout.decode()


def packages(names: "list[str]") -> str:
    return command(["dpkg-query", "-W", "-f", "${db:Status-Status} ", *names])


def service(name: str) -> str:
    return command(["systemctl", "show", "-p", "ActiveState", "-p", "UnitFileState", name])


def directory(path: str, mode: int) -> None:
    os.makedirs(path, exist_ok=True)
    os.chmod(path, mode)


def directories(paths: "list[str]", mode: int) -> None:
    for path in paths:
        directory(path, mode)


def absent(path: str) -> None:
    if os.path.lexists(path):
        os.unlink(path)


def link(path: str, target: str) -> None:
    if not os.path.islink(path) or os.readlink(path) != target:
        absent(path)
        os.symlink(target, path)


def stat(path: str) -> "tuple[int, str]":
    with open(path, "rb") as file:
        return os.stat(path).st_size, hashlib.sha1(file.read()).hexdigest()


def write(path: str, text: str, mode: int) -> None:
    if not os.path.exists(path) or _text(path) != text:
        with open(path + ".new", "w") as file:
            file.write(text)
        os.rename(path + ".new", path)
    os.chmod(path, mode)


def line(path: str, regexp: str, text: str, mode: int) -> None:
    old = _text(path) if os.path.exists(path) else ""
    kept = [one for one in old.splitlines() if not re.search(regexp, one)]
    write(path, "\n".join([*kept, text]) + "\n", mode)


def _text(path: str) -> str:
    with open(path) as file:
        return file.read()


def main() -> None:
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while True:
        head = source.read(4)
        if not head:
            return
        task = json.loads(source.read(struct.unpack(">I", head)[0]).decode())
        answer = json.dumps(globals()[task.pop("do")](**task)).encode()
        sink.write(struct.pack(">I", len(answer)) + answer)
        sink.flush()


main()
