"""What asyncssh alone costs, with no engine, playbook or module: the floor that no tool on it can go below.

`python -m benchmarks.floor channels INVENTORY TASKS [HOST]` opens an exec channel for each
task, as most tools do;
`… channel …` opens one channel a host and makes each task a round trip on it, as OpsFlow does.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import asyncssh
import yaml

HANDSHAKES = 16
_SERVER = "import sys,subprocess\nfor _ in sys.stdin: print(subprocess.call(['true']), flush=True)"
"""Over there: runs `true` for each line, and answers with its exit code."""


async def with_channels(connection: asyncssh.SSHClientConnection, tasks: int) -> None:
    """Run `true` once for each task, each in a channel of its own."""
    for _ in range(tasks):
        await connection.run("true", check=True)


async def with_one_channel(connection: asyncssh.SSHClientConnection, tasks: int) -> None:
    """Run `true` once for each task, all from one process over there."""
    process = await connection.create_process(f'exec python3 -I -S -c "{_SERVER}"')
    for _ in range(tasks):
        process.stdin.write("\n")
        if await process.stdout.readline() != "0\n":
            raise RuntimeError("the command failed")
    process.stdin.write_eof()
    await process.wait()


WAYS = {"channels": with_channels, "channel": with_one_channel}


async def run(way: str, lab: dict[str, Any], tasks: int, only: str | None) -> None:
    """Connect to the hosts of a lab's inventory, or `only` to one, and run the tasks on all at once."""
    variables = lab["vars"]
    known_hosts = variables["ansible_ssh_common_args"].partition("UserKnownHostsFile=")[2]
    options = asyncssh.SSHClientConnectionOptions(
        username=variables["ansible_user"],
        client_keys=[variables["ansible_ssh_private_key_file"]],
        known_hosts=known_hosts,
        config=None,
        agent_path=None,
        encryption_algs=["aes128-gcm@openssh.com"],
    )
    handshakes = asyncio.Semaphore(HANDSHAKES)

    async def one(address: str) -> None:
        async with handshakes:
            connection = await asyncssh.connect(address, options=options)
        async with connection:
            await WAYS[way](connection, tasks)

    hosts = {name: host for group in lab["children"].values() for name, host in group["hosts"].items()}
    wanted = hosts if only is None else [only]
    await asyncio.gather(*(one(hosts[name]["ansible_host"]) for name in wanted))


if __name__ == "__main__":
    lab = yaml.safe_load(Path(sys.argv[2]).read_text())["lab"]
    asyncio.run(run(sys.argv[1], lab, int(sys.argv[3]), *(sys.argv[4:] or [None])))
