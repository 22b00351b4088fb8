"""deb822_repository: apt's sources in their newer form."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Bool, Int, Mode, StrList, Text, arg, to_items

_Types = Annotated[list[Literal["deb", "deb-src"]], BeforeValidator(to_items)]


@modules.register("deb822_repository")
class Deb822Repository(Module):
    """Write or remove `/etc/apt/sources.list.d/NAME.sources`, and the signing key that it names.

    The lists of packages are not fetched: `apt` with `update_cache` does that, best when this has changed.

    Returns:
        repo: the content of the file.
        dest: the file.
        key_filename: the file of the key.

    Examples:
        - name: Have a repository with its own key
          deb822_repository:
            name: example
            uris: https://example.org/debian
            suites: stable
            components: main
            signed_by: https://example.org/archive.asc
    """

    class Args(ModuleArgs):
        name: Text
        """The name of the repository and its file."""
        state: Literal["absent", "present"] = "present"
        """Whether it is to be there."""
        mode: Mode = "0644"
        """The permissions of the file."""
        allow_downgrade_to_insecure: Bool | None = None
        """Take lists that are signed no more where they once were."""
        allow_insecure: Bool | None = None
        """Take lists that nobody has signed."""
        allow_weak: Bool | None = None
        """Take lists that are signed in a weak way."""
        architectures: StrList | None = None
        """The architectures to read."""
        by_hash: Bool | None = None
        """Get lists by their checksums."""
        check_date: Bool | None = None
        """Refuse lists from the future."""
        check_valid_until: Bool | None = None
        """Refuse lists that are too old."""
        components: StrList | None = None
        """The components, such as main."""
        date_max_future: Int | None = None
        """Seconds that a list may be from the future."""
        enabled: Bool | None = None
        """Whether apt uses it."""
        exclude: StrList | None = None
        """Packages that are not taken from it."""
        include: StrList | None = None
        """The only packages that are taken from it."""
        inrelease_path: Text | None = None
        """Where its InRelease file is."""
        languages: StrList | None = None
        """The languages of descriptions to get."""
        pdiffs: Bool | None = None
        """Get changes of lists instead of whole ones."""
        signed_by: Text | None = None
        """The URL of a key, which is fetched; a path on the host; a fingerprint; or an armored key itself."""
        suites: StrList | None = None
        """The suites, such as bookworm."""
        targets: StrList | None = None
        """What to get, such as Packages."""
        trusted: Bool | None = None
        """Trust it whoever has signed it."""
        types: _Types = arg(["deb"])
        """deb and deb-src."""
        uris: StrList | None = None
        """Where it is."""
        install_python_debian: Bool = False
        """Accepted for Ansible's sake: nothing but Python's standard library is needed."""

    detachable = True

    async def run(self, task: TaskContext, args: Args) -> Result:
        fields: dict[str, Any] = args.sent()
        del fields["install_python_debian"]
        own = {name: fields.pop(name) for name in ("name", "state", "mode")}
        fields["name"] = own["name"]
        fetched = args.state == "present" and "://" in (args.signed_by or "")
        return await task.call("deb822_url.run" if fetched else "deb822.run", {**own, "fields": fields})
