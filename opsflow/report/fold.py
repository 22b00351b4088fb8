"""Many hosts in few words: ranges of names, and groups of hosts with the same result."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)

_ADDRESS = re.compile(r"[\d.]+\Z")
_NUMBER = re.compile(r"\d+")
_RANGE_FROM = 3


def host_ranges(hosts: Iterable[str], *, limit: int | None = None) -> str:
    """Return hosts as Ansible's ranges: `db1,web[01:40].example.org`.

    Args:
        hosts: names, each once; the order of the first of each range is kept.
        limit: how many ranges to show at most; the rest is counted.
    """
    ranges = list(_ranges(hosts))
    texts = [text for text, _ in ranges]
    if limit is None or len(ranges) <= limit:
        return ",".join(texts)
    return f"{','.join(texts[:limit])},… ({sum(count for _, count in ranges[limit:])} more)"


def _ranges(hosts: Iterable[str]) -> Iterator[tuple[str, int]]:
    families: dict[tuple[str, ...], list[str]] = {}
    for host in hosts:
        prefix, number, suffix = _split(host)
        families.setdefault((prefix, suffix) if number else (host,), []).append(number)
    for family, numbers in families.items():
        if len(family) == 1:
            yield family[0], 1
            continue
        for run in _runs(sorted(numbers, key=lambda number: (int(number), len(number)))):
            yield from _written(run, *family)


def _written(run: list[str], prefix: str, suffix: str) -> Iterator[tuple[str, int]]:
    if len(run) < _RANGE_FROM:
        yield from ((f"{prefix}{number}{suffix}", 1) for number in run)
    else:
        yield f"{prefix}[{run[0]}:{run[-1]}]{suffix}", len(run)


def _split(host: str) -> tuple[str, str, str]:
    """Split a name around the number that tells it from its siblings: in addresses the last one."""
    head = host if _ADDRESS.match(host) else host.split(".", 1)[0]
    found = list(_NUMBER.finditer(head)) or list(_NUMBER.finditer(host))
    if not found:
        return host, "", ""
    start, end = found[-1].span()
    return host[:start], host[start:end], host[end:]


def _runs(numbers: list[str]) -> Iterator[list[str]]:
    run: list[str] = []
    for number in numbers:
        if run and number != f"{int(run[-1]) + 1:0{len(run[-1])}d}":
            yield run
            run = []
        run.append(number)
    if run:
        yield run


@dataclass(slots=True)
class Group:
    """Hosts that are shown as one. Durations are in seconds."""

    hosts: list[str] = field(default_factory=list[str])
    shortest: float = 0.0
    longest: float = 0.0
    retries: int = 0


class Fold(Generic[Key]):
    """Groups hosts by what is shown of them; hosts are in the order in which they came."""

    def __init__(self) -> None:
        self.groups: dict[Key, Group] = {}

    def add(self, key: Key, host: str, *, duration: float = 0.0, retries: int = 0) -> None:
        """Put a host into the group of `key`."""
        group = self.groups.get(key)
        if group is None:
            group = self.groups[key] = Group(shortest=duration)
        group.hosts.append(host)
        group.shortest = min(group.shortest, duration)
        group.longest = max(group.longest, duration)
        group.retries = max(group.retries, retries)

    def __bool__(self) -> bool:
        return bool(self.groups)


def hosts_text(hosts: Sequence[str], *, limit: int | None = None) -> str:
    """Return ranges of hosts and, where it isn't plain to see, their number."""
    text = host_ranges(hosts, limit=limit)
    return f"{text}  ({len(hosts)} hosts)" if len(hosts) >= _RANGE_FROM else text


def duration_text(seconds: float) -> str:
    """Return a duration for people: 0.4 s, 42 s, 3:07 min, 1:02:03 h."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02} h" if hours else f"{minutes}:{rest:02} min"
