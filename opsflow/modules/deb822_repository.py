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
        state: Literal["absent", "present"] = "present"
        mode: Mode = "0644"
        allow_downgrade_to_insecure: Bool | None = None
        allow_insecure: Bool | None = None
        allow_weak: Bool | None = None
        architectures: StrList | None = None
        by_hash: Bool | None = None
        check_date: Bool | None = None
        check_valid_until: Bool | None = None
        components: StrList | None = None
        date_max_future: Int | None = None
        enabled: Bool | None = None
        exclude: StrList | None = None
        include: StrList | None = None
        inrelease_path: Text | None = None
        languages: StrList | None = None
        pdiffs: Bool | None = None
        signed_by: Text | None = None
        """The URL of a key, which is fetched; a path on the host; a fingerprint; or an armored key itself."""
        suites: StrList | None = None
        targets: StrList | None = None
        trusted: Bool | None = None
        types: _Types = arg(["deb"])
        uris: StrList | None = None
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
