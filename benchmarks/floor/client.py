"""Sends tasks to all hosts of a fleet: `python -m benchmarks.floor.client [--sudo] FLEET TASKS STAMP`.

FLEET is `fleet.json` of a fleet. TASKS holds a list of frames for `runner`, in which `{stamp}` and the
host's `{name}` are replaced.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import struct
from pathlib import Path
from typing import Any

import asyncssh

HANDSHAKES = 16
RUNNER = Path(__file__).with_name("runner.py")


async def work(
    connection: asyncssh.SSHClientConnection, frames: list[bytes], source: bytes, *, sudo: bool
) -> None:
    """Start the runner and give it one frame after the other."""
    line = f"exec python3 -I -S -c 'import sys; exec(sys.stdin.buffer.read({len(source)}))'"
    process = await connection.create_process(f"exec sudo -n {line[5:]}" if sudo else line, encoding=None)
    process.stdin.write(source)
    for frame in frames:
        process.stdin.write(frame)
        (length,) = struct.unpack(">I", await process.stdout.readexactly(4))
        await process.stdout.readexactly(length)
    process.stdin.write_eof()
    await process.wait(check=True)


async def run(fleet: dict[str, Any], tasks: str, *, sudo: bool) -> None:
    """Connect to all hosts and do all tasks on each, as soon as it can."""
    options = asyncssh.SSHClientConnectionOptions(
        username=fleet["user"],
        client_keys=[fleet["key"]],
        known_hosts=fleet["known_hosts"],
        config=None,
        agent_path=None,
        encryption_algs=["aes128-gcm@openssh.com"],
    )
    handshakes = asyncio.Semaphore(HANDSHAKES)
    source = RUNNER.read_bytes()

    async def one(name: str, address: str, port: int) -> None:
        frames = _frames(tasks.replace("{name}", name))
        async with handshakes:
            connection = await asyncssh.connect(address, port, options=options)
        async with connection:
            await work(connection, frames, source, sudo=sudo)

    await asyncio.gather(*(one(*target) for target in fleet["targets"]))


def _frames(tasks: str) -> list[bytes]:
    bodies = [json.dumps(task).encode() for task in json.loads(tasks)]
    return [struct.pack(">I", len(body)) + body for body in bodies]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sudo", action="store_true")
    parser.add_argument("fleet", type=Path)
    parser.add_argument("tasks", type=Path)
    parser.add_argument("stamp")
    wanted = parser.parse_args()
    tasks = wanted.tasks.read_text().replace("{stamp}", wanted.stamp)
    asyncio.run(run(json.loads(wanted.fleet.read_text()), tasks, sudo=wanted.sudo))


if __name__ == "__main__":
    main()
