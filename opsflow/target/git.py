"""Ansible's `git`: a clone of a repository, at the wanted version.

git_tool        running git          git_refs     what a remote has, what a clone is at
git_submodules  the clones inside    git_archive  a version as one file
"""

from __future__ import annotations

import os
import shutil

from opsflow.target import git_archive, git_submodules
from opsflow.target.git_refs import Clone, Remote, no_refs, remote_refs
from opsflow.target.git_tool import Git
from opsflow.target.paths import expand
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

    Result = dict[str, Any]


def run(request: Request, **options: Any) -> Result:
    """Do what the options of Ansible's `git` say; see the module for all of them."""
    return _Task(request, options).run()


class _Task:
    def __init__(self, request: Request, options: dict[str, Any]) -> None:
        self.request = request
        self.options = options
        self.repo: str = options["repo"]
        local = os.path.expanduser(self.repo)
        if local.startswith("/"):
            self.repo = "file://" + local  # as an address it obeys `depth`
        self.version: str = options["version"]
        self.remote: str = options["remote"]
        self.bare: bool = options["bare"]
        self.depth: int | None = options.get("depth")
        self.git = Git(request, options)
        self.dest = os.path.abspath(expand(request, options["dest"])) if options.get("dest") else ""
        self.clone = Clone(self.git, self.dest, self.remote, self.bare)
        self.result: Result = {"changed": False, "before": None}

    def run(self) -> Result:
        if not self.dest:
            return self._only_tell()
        self._move_git_dir()
        if not self.clone.exists():
            if self.request.check or not self.options["clone"]:
                return self._only_tell()
            self._make()
        elif not self.options["update"]:
            self.result["before"] = self.result["after"] = self.clone.head()
            return self._archived()
        elif not self._update():
            return self.result
        self._finish()
        return self._archived()

    def _only_tell(self) -> Result:
        """Tell what cloning would give."""
        found = remote_refs(self.git, self.repo, self.version)
        self.result.update(changed=True, after=found.commit(self.version, None))
        self._add_diff()
        return self.result

    def _move_git_dir(self) -> None:
        """Put the clone's own files where `separate_git_dir` wants them."""
        if not self.options.get("separate_git_dir"):
            return
        wanted = os.path.realpath(expand(self.request, self.options["separate_git_dir"]))
        self.options["separate_git_dir"] = wanted
        there = self.clone.git_dir()
        if not os.path.exists(there) or os.path.realpath(there) == wanted:
            return
        self.result["changed"] = True
        if self.request.check:
            return
        if os.path.exists(wanted):
            raise Fail("Separate-git-dir path %s already exists." % wanted)
        shutil.move(there, wanted)
        with open(os.path.join(self.dest, ".git"), "w") as file:
            file.write("gitdir: %s\n" % wanted)
        self.result.update(git_dir_before=there, git_dir_now=wanted)

    def _make(self) -> None:
        """Clone. The files are written once, those of the wanted version."""
        found = no_refs() if self.version == "HEAD" else remote_refs(self.git, self.repo, self.version)
        os.makedirs(os.path.dirname(self.dest), exist_ok=True)
        argv = ["clone", *(["--bare"] if self.bare else ["--origin", self.remote])]
        argv += self._depth_of_clone(found)
        if self.options.get("reference"):
            argv += ["--reference", self.options["reference"]]
        named = found.is_named(self.version)
        if self.options["single_branch"]:
            argv += ["--single-branch", *(["--branch", self.version] if named else [])]
        if self.options.get("separate_git_dir"):
            argv.append("--separate-git-dir=" + self.options["separate_git_dir"])
        if self.version != "HEAD" and not self.bare:
            argv.append("--no-checkout")
        self.git.show([*argv, self.repo, self.dest], os.path.dirname(self.dest), "git clone")
        if self.bare and self.remote != "origin":
            self.git.check(["remote", "add", self.remote, self.repo], self.dest, "git remote add")
        if self.options.get("refspec"):
            depth = ["--depth", str(self.depth)] if self.depth else []
            self.git.show(
                ["fetch", *depth, self.remote, self.options["refspec"]], self.dest, "git fetch of the refspec"
            )
        if self.version != "HEAD" and not self.bare:
            self._switch(found)
        self._verify()

    def _depth_of_clone(self, found: Remote) -> list[str]:
        if not self.depth:
            return []
        if self.version == "HEAD" or self.options.get("refspec"):
            return ["--depth", str(self.depth)]
        if found.is_named(self.version):
            return ["--depth", str(self.depth), "--branch", self.version]
        warning = (
            "Ignoring depth argument. Shallow clones are only available for HEAD, branches, tags or in "
            "combination with refspec."
        )
        self.result["warnings"] = [warning]
        return []

    def _update(self) -> bool:
        """Bring the clone to the version; return False where that is all, as in check mode."""
        result = self.result
        result["before"] = self.clone.head()
        mods = not self.bare and self.clone.is_modified()
        if mods and not self.options["force"]:
            raise Fail("Local modifications exist in the destination: %s (force=no)." % self.dest, **result)
        if mods and not self.request.check:
            self.git.check(["reset", "--hard", "HEAD"], self.dest, "git reset")
            result.update(changed=True, msg="Local modifications exist in the destination: " + self.dest)
        moved = self._move_url()
        result.update(remote_url_changed=moved, changed=result["changed"] or moved)
        found = self._ask(mods)
        if self.request.check:
            after = found.commit(self.version, self.clone.branch())
            result.update(changed=result["before"] != after or mods or moved, after=after)
            self._add_diff()
            return False
        if not self.clone.is_at(self.version, found) or self.options.get("refspec"):
            self._fetch(found)
            if not self.bare:
                self._switch(found)
        self._verify()
        return True

    def _ask(self, mods: bool) -> Remote:
        """Return what the remote has; nothing where a commit is wanted that is checked out already."""
        if not mods and self.clone.is_detached_at(self.version):
            return no_refs()
        return remote_refs(self.git, self.repo, self.version, every=True)

    def _move_url(self) -> bool:
        there = self.clone.url()
        if there == self.repo or _same_path(there, self.repo):
            return False
        if not self.request.check:
            done = self.git.run(["remote", "set-url", self.remote, self.repo], self.dest)
            if done.rc != 0:
                raise Fail(
                    "Failed to set a new url %s for %s: %s %s"
                    % (self.repo, self.remote, done.stdout, done.stderr)
                )
        return True

    def _fetch(self, found: Remote) -> None:
        refspecs = self._shallow_refspecs(found) if self.depth else []
        argv = ["fetch", *(["--depth", str(self.depth)] if refspecs else [])]
        if not refspecs:
            if self.bare:
                refspecs = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]
            else:
                argv.append("--tags")
            if self.options.get("refspec"):
                refspecs.append(self.options["refspec"])
        if self.options["force"]:
            argv.append("--force")
        done = self.git.run([*argv, self.remote, *refspecs], self.dest, shown=True)
        if done.rc != 0:
            raise Fail(
                "Failed to download remote objects and refs: %s %s" % (done.stdout, done.stderr),
                cmd=done.argv,
                rc=done.rc,
            )

    def _shallow_refspecs(self, found: Remote) -> list[str]:
        """Return the least that has to be fetched; nothing for a commit, which takes all."""
        current = self.clone.branch() or ""
        if self.options.get("refspec"):
            return [self.options["refspec"]]
        if self.version == "HEAD":
            return [current]
        if found.branch(self.version):
            both = "+refs/heads/%s:refs/heads/%s" % (self.version, self.version)
            here = "+refs/heads/%s:refs/remotes/%s/%s" % (self.version, self.remote, self.version)
            return [here] if current == self.version else [both, here]
        if found.tag(self.version):
            return ["+refs/tags/%s:refs/tags/%s" % (self.version, self.version)]
        return []

    def _switch(self, found: Remote) -> None:
        """Check the version out; a branch is put where the remote's is."""
        version = self.version
        if version == "HEAD" or found.branch(version):
            branch = self.clone.branch() if version == "HEAD" else version
            start = "%s/%s" % (self.remote, branch)
            if self.clone.has_branch(branch or ""):
                self._checkout(["checkout", "--force", str(branch)])
                self._checkout(["reset", "--hard", start, "--"])
                return
            if self.depth and not self.clone.has_ref("refs/remotes/" + start):
                self._fetch_branch(version)
            self._checkout(["checkout", "--force", "--track", "-b", str(branch), start])
        else:
            self._checkout(["checkout", "--force", version])

    def _fetch_branch(self, branch: str) -> None:
        """Fetch a branch that a shallow clone left out."""
        here = "+refs/heads/%s:refs/remotes/%s/%s" % (branch, self.remote, branch)
        both = "+refs/heads/%s:refs/heads/%s" % (branch, branch)
        argv = ["fetch", "--depth=%s" % self.depth, self.remote, both, here]
        self.git.show(argv, self.dest, "Failed to fetch branch from remote: %s: git fetch" % branch)

    def _checkout(self, argv: list[str]) -> None:
        done = self.git.run(argv, self.dest)
        if done.rc != 0:
            kind = "branch " if self.version == "HEAD" else ""
            name = argv[-1] if self.version == "HEAD" else self.version
            raise Fail(
                "Failed to checkout %s%s: %s" % (kind, name, done.stderr.strip()),
                cmd=done.argv,
                rc=done.rc,
                stdout=done.stdout,
                stderr=done.stderr,
            )

    def _verify(self) -> None:
        if self.options["verify_commit"] and not self.bare:
            self.clone.verify(self.version, self.options["gpg_allowlist"])

    def _finish(self) -> None:
        if self.options["recursive"] and not self.bare:
            force, track = self.options["force"], self.options["track_submodules"]
            if git_submodules.update(self.git, self.dest, self.remote, track, force):
                self.result.update(submodules_changed=True, changed=True)
        self.result["after"] = self.clone.head()
        if self.result["before"] != self.result["after"]:
            self.result["changed"] = True
        if self.result["changed"]:
            self._add_diff()

    def _add_diff(self) -> None:
        if self.request.diff:
            prepared = self.clone.difference(self.result["before"], self.result["after"])
            if prepared:
                self.result["diff"] = {"prepared": prepared}

    def _archived(self) -> Result:
        if self.options.get("archive"):
            path = expand(self.request, self.options["archive"])
            prefix = self.options.get("archive_prefix")
            packed = git_archive.pack(self.git, self.dest, path, prefix, self.version)
            self.result["changed"] = packed or self.result["changed"]
        return self.result


def _same_path(one: str, other: str) -> bool:
    return os.path.realpath(os.path.expanduser(one)) == os.path.realpath(os.path.expanduser(other))
