"""git: repositories checked out on hosts."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Int, Path, StrList, Text, Umask, arg


@modules.register("git")
class Git(Module):
    """Clone a git repository, or bring a clone to a version of it.

    The remote is asked first, once: nothing is fetched where the host has all that it names. Check mode
    fetches nothing, so that `diff` cannot show what is only there.

    Returns:
        before, after: the commits before and now.
        remote_url_changed: whether the address of the remote was set anew.

    Examples:
        - name: Have a version of an application
          git:
            repo: https://example.org/app.git
            dest: /srv/app
            version: v1.2.0
            depth: 1

        - name: Ask which commit a branch has, and get nothing
          git:
            repo: git@example.org:app.git
            dest: /srv/app
            version: main
            clone: false
            update: false
            accept_newhostkey: true
    """

    class Args(ModuleArgs):
        repo: Text = arg(..., "name")
        """Address of the remote, or a path on the host."""
        dest: Path | None = None
        version: Text = "HEAD"
        """A branch, a tag, or a commit. `HEAD`: the branch that is checked out, at first the remote's own."""
        remote: Text = "origin"
        refspec: Text | None = None
        """More to fetch than branches and tags."""
        reference: Text | None = None
        force: Bool = False
        """Throw away changes of files that are under version control."""
        depth: Int | None = None
        clone: Bool = True
        update: Bool = True
        verify_commit: Bool = False
        gpg_allowlist: StrList = arg([], "gpg_whitelist")
        accept_hostkey: Bool = False
        accept_newhostkey: Bool = False
        key_file: Path | None = None
        ssh_opts: Text | None = None
        executable: Path | None = None
        bare: Bool = False
        recursive: Bool = True
        single_branch: Bool = False
        track_submodules: Bool = False
        umask: Umask | None = None
        archive: Path | None = None
        """A file to pack the version into: .zip, .tar, .tar.gz or .tgz."""
        archive_prefix: Text | None = None
        separate_git_dir: Path | None = None

        @model_validator(mode="after")
        def _consistent(self) -> Self:
            if self.separate_git_dir and self.bare:
                raise ValueError("separate_git_dir and bare cannot be given together")
            if self.accept_hostkey and self.accept_newhostkey:
                raise ValueError("accept_hostkey and accept_newhostkey cannot be given together")
            if self.archive_prefix and not self.archive:
                raise ValueError("archive_prefix needs archive")
            if self.dest is None and self.clone:
                raise ValueError("the destination directory must be specified unless clone=no")
            return self

    target = "git.run"
