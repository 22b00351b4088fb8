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
        """Where the clone is."""
        version: Text = "HEAD"
        """A branch, a tag, or a commit. `HEAD`: the branch that is checked out, at first the remote's own."""
        remote: Text = "origin"
        """The name of the remote."""
        refspec: Text | None = None
        """More to fetch than branches and tags."""
        reference: Text | None = None
        """A repository of the host that objects are taken from."""
        force: Bool = False
        """Throw away changes of files that are under version control."""
        depth: Int | None = None
        """How many commits deep to clone."""
        clone: Bool = True
        """Clone where there is none; if not, only tell."""
        update: Bool = True
        """Fetch what is new; if not, leave a clone as it is."""
        verify_commit: Bool = False
        """Check the signature of the commit or tag."""
        gpg_allowlist: StrList = arg([], "gpg_whitelist")
        """Fingerprints of keys whose signatures count."""
        accept_hostkey: Bool = False
        """Trust the key of any SSH server."""
        accept_newhostkey: Bool = False
        """Trust the key of an SSH server that is seen for the first time."""
        key_file: Path | None = None
        """The private key for SSH."""
        ssh_opts: Text | None = None
        """More options for ssh."""
        executable: Path | None = None
        """The program git."""
        bare: Bool = False
        """Make a bare repository."""
        recursive: Bool = True
        """Clone submodules too."""
        single_branch: Bool = False
        """Fetch one branch only."""
        track_submodules: Bool = False
        """Take the newest commits of submodules' branches."""
        umask: Umask | None = None
        """The umask for new files, in quotes."""
        archive: Path | None = None
        """A file to pack the version into: .zip, .tar, .tar.gz or .tgz."""
        archive_prefix: Text | None = None
        """A directory to put before the names in the archive."""
        separate_git_dir: Path | None = None
        """Where the repository's own files go, apart from the working tree."""

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
