"""Sockets of TCP and UDP and their programs, as /proc tells of them."""

from __future__ import annotations

import os
import pwd
import socket
import struct
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from opsflow.target.request import Request

    Socket = dict[str, Any]

_STATES = {
    "01": "ESTABLISHED", "02": "SYN_SENT", "03": "SYN_RECV", "04": "FIN_WAIT1", "05": "FIN_WAIT2",
    "06": "TIME_WAIT", "07": "CLOSE", "08": "CLOSE_WAIT", "09": "LAST_ACK", "0A": "LISTEN", "0B": "CLOSING",
}  # fmt: skip


def run(request: Request, include_non_listening: bool) -> dict[str, Any]:
    """Return the facts; sockets that do not listen have a state and another end."""
    owners = _owners()
    started = _boot_time()
    facts: dict[str, list[Socket]] = {"tcp_listen": [], "udp_listen": []}
    for protocol in ("tcp", "udp"):
        for one in _sockets(protocol):
            waits = one["state"] == "LISTEN" if protocol == "tcp" else one["foreign_port"] == 0
            if not waits and not include_non_listening:
                continue
            inode = one.pop("inode")
            if not include_non_listening:
                one = {name: one[name] for name in ("address", "port", "protocol")}
            for pid in owners.get(inode, [0]) if waits or inode in owners else [0]:
                facts[protocol + "_listen"].append(dict(one, **_process(pid, started)))
    return {"changed": False, "ansible_facts": facts}


def _sockets(protocol: str) -> Iterator[Socket]:
    for name, family in ((protocol, socket.AF_INET), (protocol + "6", socket.AF_INET6)):
        try:
            with open("/proc/net/" + name) as table:
                rows = table.read().splitlines()[1:]
        except FileNotFoundError:  # a kernel without IPv6
            continue
        for row in map(str.split, rows):
            address, port = _address(row[1], family)
            foreign, foreign_port = _address(row[2], family)
            yield {
                "address": address,
                "port": port,
                "protocol": protocol,
                "state": _STATES.get(row[3], row[3]) if protocol == "tcp" else "",
                "foreign_address": foreign,
                "foreign_port": foreign_port,
                "inode": row[9],
            }


def _address(text: str, family: int) -> tuple[str, int]:
    """Return address and port of `0100007F:0016`: words of 32 bits in the order of the machine."""
    words, port = text.split(":")
    packed = b"".join(struct.pack("=I", int(words[at : at + 8], 16)) for at in range(0, len(words), 8))
    return socket.inet_ntop(family, packed), int(port, 16)


def _owners() -> dict[str, list[int]]:
    """Return the processes that have a socket open, by its inode."""
    found: dict[str, list[int]] = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            links = [os.readlink("/proc/%s/fd/%s" % (pid, fd)) for fd in os.listdir("/proc/%s/fd" % pid)]
        except OSError:  # it has ended, or is another user's
            continue
        for link in set(links):
            if link.startswith("socket:["):
                found.setdefault(link[8:-1], []).append(int(pid))
    return found


def _boot_time() -> int:
    with open("/proc/stat") as file:
        return next((int(line.split()[1]) for line in file if line.startswith("btime ")), 0)


def _process(pid: int, booted: int) -> dict[str, Any]:
    """Return a process's name, number, user and start, as ps shows it; 0 is an unknown one."""
    try:
        with open("/proc/%d/stat" % pid) as file:
            text = file.read()
        uid = os.stat("/proc/%d" % pid).st_uid
    except OSError:
        return {"name": None, "pid": pid, "user": None, "stime": None}
    name = text[text.index("(") + 1 : text.rindex(")")]
    ticks = int(text[text.rindex(")") + 2 :].split()[19])
    start = time.localtime(booted + ticks // os.sysconf("SC_CLK_TCK"))
    try:
        user = pwd.getpwuid(uid).pw_name
    except KeyError:
        user = str(uid)
    return {"name": name, "pid": pid, "user": user, "stime": time.strftime("%a %b %e %H:%M:%S %Y", start)}
