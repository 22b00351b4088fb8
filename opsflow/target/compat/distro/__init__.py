"""Which distribution this is, by its os-release file."""

from __future__ import annotations

from opsflow.target.compat.common.sys_info import get_distribution_codename, get_distribution_version
from opsflow.target.facts_distribution import os_release

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def id() -> str:
    """Return the short name, such as debian."""
    return os_release().get("ID", "").lower()


def name(pretty: bool = False) -> str:
    """Return the name, with its version if it shall be pretty."""
    found = os_release()
    return found.get("PRETTY_NAME", "") if pretty else found.get("NAME", "")


def version(pretty: bool = False, best: bool = False) -> str:
    """Return the version; the best is the most precise one."""
    found = (get_distribution_version() or "") if best else os_release().get("VERSION_ID", "")
    return "%s (%s)" % (found, codename()) if pretty and codename() else found


def version_parts(best: bool = False) -> tuple[str, str, str]:
    """Return the version's three parts, empty where it has fewer."""
    parts = [*version(best=best).split("."), "", "", ""][:3]
    return parts[0], parts[1], parts[2]


def major_version(best: bool = False) -> str:
    """Return the version's first part."""
    return version_parts(best)[0]


def minor_version(best: bool = False) -> str:
    """Return the version's second part."""
    return version_parts(best)[1]


def build_number(best: bool = False) -> str:
    """Return the version's third part."""
    return version_parts(best)[2]


def like() -> str:
    """Return the distributions that it is like."""
    return os_release().get("ID_LIKE", "").lower()


def codename() -> str:
    """Return the code name of the release."""
    return get_distribution_codename() or ""


def info(pretty: bool = False, best: bool = False) -> dict[str, Any]:
    """Return all of it."""
    major, minor, build = version_parts(best)
    parts = {"major": major, "minor": minor, "build_number": build}
    return {
        "id": id(),
        "version": version(pretty, best),
        "version_parts": parts,
        "like": like(),
        "codename": codename(),
    }


def os_release_info() -> dict[str, str]:
    """Return the assignments of the os-release file, their names in lower case."""
    return {key.lower(): value for key, value in os_release().items()}


def os_release_attr(attribute: str) -> str:
    """Return one assignment of the os-release file."""
    return os_release_info().get(attribute, "")


def linux_distribution(full_distribution_name: bool = True) -> tuple[str, str, str]:
    """Return name, version and code name."""
    return (name() if full_distribution_name else id()), version(), codename()
