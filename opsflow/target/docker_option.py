"""One option of a container: how it is sent to Docker, how it is read from there, how both are compared."""

from __future__ import annotations

import json

from opsflow.target.docker_api import mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from opsflow.target.docker_api import Docker

    Version = tuple[int, int]
    Prepare = Callable[["Wanted", Any], Any]
    Read = Callable[[dict[str, Any]], Any]


class Wanted:
    """What a task wants of a container, as Docker's API has it."""

    def __init__(self, api: Docker, name: str, args: dict[str, Any]) -> None:
        self.api = api
        self.name = name
        self.args = args
        self.image: dict[str, Any] | None = None  # whose defaults count: see image_comparison
        self.current: dict[str, Any] | None = None  # the image of the container that is there
        self.values: dict[str, Any] = {}
        self.modes: dict[str, str] = {}
        self.warnings: list[str] = []

    def of_image(self, key: str) -> Any:
        """Return a default that the image has, or None."""
        return mapping(mapping(self.image).get("Config")).get(key)


class Option:
    """An option that is one value of the API.

    Its `place` is the way to the value in what is sent and what `inspect` answers, such as HostConfig.Memory.
    Of its `kind` is the comparison: a value, a list, a set, a mapping (dict), or a set of mappings (dicts).
    """

    def __init__(
        self,
        name: str,
        place: str,
        kind: str = "value",
        prepare: Prepare | None = None,
        expect: Prepare | None = None,
        read: Read | None = None,
        since: Version | None = None,
        updates: bool = False,
        always: bool = False,
        mode: str | None = None,
    ) -> None:
        """Describe an option.

        Args:
            prepare: makes what the API wants of what the task gives; None of it is as if nothing were given.
            expect: what `inspect` will then say, where that is more, such as defaults of the image.
            read: reads it from what `inspect` answers, where that is not as it was sent.
            since: the version of the API that knows it first.
            updates: whether Docker can change it without making the container anew.
            always: whether something is expected where the task gives nothing.
            mode: how it is compared unless `comparisons` says otherwise.
        """
        self.name = name
        self.place = place.split(".")
        self.kind = kind
        self.since = since
        self.updates = updates
        self.always = always
        self.mode = mode or ("strict" if kind in ("value", "list") else "allow_more_present")
        self._prepare = prepare
        self._expect = expect
        self._read = read

    def prepare(self, wanted: Wanted, value: Any) -> Any:
        return self._prepare(wanted, value) if self._prepare else value

    def expected(self, wanted: Wanted) -> Any:
        """Return what `inspect` shall say; None where that is all the same."""
        value = wanted.values.get(self.name)
        if value is None and not self.always:
            return None
        return self._expect(wanted, value) if self._expect else value

    def found(self, container: dict[str, Any]) -> Any:
        return self._read(container) if self._read else dig(container, self.place)

    def send(self, body: dict[str, Any], value: Any) -> None:
        """Put the value where Docker looks for it when it makes a container."""
        plant(body, self.place[1:] if self.place[0] == "Config" else self.place, value)

    def update(self, body: dict[str, Any], value: Any) -> None:
        """Put the value where Docker looks for it when it changes a container."""
        plant(body, self.place[1:], value)


def dig(tree: Any, way: list[str]) -> Any:
    """Return what is at the end of a way through mappings, None where it breaks off."""
    for step in way:
        tree = mapping(tree).get(step)
    return tree


def plant(tree: dict[str, Any], way: list[str], value: Any) -> None:
    """Put something at the end of a way through mappings, which are made."""
    for step in way[:-1]:
        tree = tree.setdefault(step, {})
    tree[way[-1]] = value


def same(kind: str, mode: str, wanted: Any, found: Any) -> bool:
    """Tell whether what is found is as wanted, by the rules for its kind."""
    if mode == "ignore":
        return True
    if wanted is None or found is None:
        return wanted == found if kind == "value" else not (wanted or found) or (_more(mode) and not wanted)
    if kind in ("value", "list") and not (_more(mode) and kind == "list"):
        return wanted == found
    if kind == "list":
        rest = iter(found)
        return all(one in rest for one in wanted)
    if kind == "dict":
        return _within(wanted, found) if _more(mode) else wanted == found
    if kind == "set":
        return set(wanted) <= set(found) if _more(mode) else set(wanted) == set(found)
    here = all(any(_within(one, other) for other in found) for one in wanted)
    return here and (_more(mode) or all(any(_within(one, other) for one in wanted) for other in found))


def _more(mode: str) -> bool:
    return mode == "allow_more_present"


def _within(some: dict[str, Any], more: dict[str, Any]) -> bool:
    return all(key in more and more[key] == value for key, value in some.items())


def in_order(kind: str, value: Any) -> Any:
    """Return a set, or set of mappings, in an order that does not change from time to time."""
    if value is None or kind not in ("set", "dicts"):
        return value
    return sorted(value, key=lambda one: json.dumps(one, sort_keys=True))
