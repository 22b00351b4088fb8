"""What a remote repository has, and what a clone is at."""

from __future__ import annotations

import os
import re

from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsflow.target.git_tool import Git

_COMMIT = re.compile(r"^[0-9a-f]{40}([0-9a-f]{24})?$")


class Remote:
    """The branches and tags of a remote: full names and what they point to."""

    def __init__(self, refs: dict[str, str]) -> None:
        self.refs = refs

    def branch(self, name: str) -> str | None:
        return self.refs.get("refs/heads/" + name)

    def tag(self, name: str) -> str | None:
        """Return the commit of a tag, not the tag's own object."""
        return self.refs.get("refs/tags/%s^{}" % name) or self.refs.get("refs/tags/" + name)

    def is_named(self, version: str) -> bool:
        """Tell whether a version is a branch or a tag."""
        return bool(self.branch(version) or self.tag(version))

    def commit(self, version: str, current: str | None) -> str:
        """Return the commit of a version, `current` being the branch that `HEAD` means.

        Raises Fail when the remote has no such branch; what is no name is taken for a commit.
        """
        if version != "HEAD":
            return self.branch(version) or self.tag(version) or version
        found = self.branch(current) if current else self.refs.get("HEAD")
        if not found:
            raise Fail("Could not determine remote revision for %s" % version)
        return found


def no_refs() -> Remote:
    """Return a remote that was not asked."""
    return Remote({})


def remote_refs(git: Git, repo: str, version: str, every: bool = False) -> Remote:
    """Ask a remote once. Raises Fail when it can't be reached or refuses.

    Args:
        every: for its branches and tags also where `version` is just its own HEAD.
    """
    only_head = version == "HEAD" and not every
    argv = ["ls-remote", repo, "HEAD"] if only_head else ["ls-remote", "--heads", "--tags", repo]
    done = git.check(argv, None, "asking %s for its branches" % repo)
    pairs = [line.split("\t", 1) for line in done.stdout.splitlines() if "\t" in line]
    return Remote({name: commit for commit, name in pairs})


class Clone:
    """A clone on this host."""

    def __init__(self, git: Git, path: str, remote: str, bare: bool) -> None:
        self.git = git
        self.path = path
        self.remote = remote
        self.bare = bare

    def git_dir(self) -> str:
        """Return where git keeps its files of this clone. Raises Fail where a `.git` file leads nowhere."""
        place = self.path if self.bare else os.path.join(self.path, ".git")
        if not os.path.isfile(place):
            return place
        with open(place) as file:
            word, _, target = file.read().strip().partition(": ")
        place = os.path.join(self.path, target)
        if word != "gitdir" or not os.path.isdir(place):
            raise Fail(
                "Current repo does not have a valid reference to a separate Git dir or it refers to the "
                "invalid path",
                details="%s is not a directory" % place,
            )
        return place

    def exists(self) -> bool:
        return os.path.exists(os.path.join(self.git_dir(), "config"))

    def head(self) -> str:
        """Return the commit that is checked out. Raises Fail where git refuses to work here."""
        done = self.git.run(["rev-parse", "--verify", "HEAD"], self.path)
        if done.rc != 0 and "Needed a single revision" not in done.stderr:
            raise Fail("git cannot read the clone in %s: %s" % (self.path, done.stderr.strip()), rc=done.rc)
        return done.stdout.strip() or "HEAD"  # a clone of an empty repository has no commit

    def is_modified(self) -> bool:
        """Tell whether files under version control differ from the commit."""
        done = self.git.check(["status", "--porcelain", "--untracked-files=no"], self.path, "git status")
        return bool(done.stdout.strip())

    def url(self) -> str:
        return self.git.run(["ls-remote", "--get-url", self.remote], self.path).stdout.strip()

    def _symbolic(self, name: str) -> str:
        """Return the branch that a file such as HEAD names; empty where it names a commit or is not there."""
        try:
            with open(os.path.join(self.git_dir(), name)) as file:
                word, _, ref = file.read().strip().partition(": ")
        except FileNotFoundError:
            return ""
        return ref if word == "ref" else ""

    def branch(self) -> str | None:
        """Return the branch that is checked out; where none is, the remote's main one."""
        here = self._symbolic("HEAD")
        if here:
            return here[len("refs/heads/") :]
        prefix = "refs/remotes/%s/" % self.remote
        return self._symbolic(prefix + "HEAD")[len(prefix) :] or None

    def has_branch(self, name: str) -> bool:
        return self.has_ref("refs/heads/" + name)

    def has_ref(self, name: str) -> bool:
        return self.git.run(["show-ref", "--verify", "--quiet", name], self.path).rc == 0

    def is_detached_at(self, version: str) -> bool:
        """Tell whether this commit, and no branch, is checked out."""
        if not _COMMIT.match(version) or self.bare or self._symbolic("HEAD"):
            return False
        return self.head() == version

    def is_at(self, version: str, remote: Remote) -> bool:
        """Tell whether fetching and checking out would change nothing."""
        if self.is_detached_at(version):
            return True
        here = self._refs()
        if not self._has_all(here, remote.refs):
            return False
        if self.bare:
            return True
        current = self._symbolic("HEAD")[len("refs/heads/") :]
        if version == "HEAD":
            return bool(current) and self.head() == remote.branch(current)
        if remote.branch(version):
            return current == version and self.head() == remote.branch(version)
        return not current and self.head() == remote.tag(version)

    def _refs(self) -> dict[str, str]:
        done = self.git.check(
            ["for-each-ref", "--format=%(objectname) %(refname)"], self.path, "git for-each-ref"
        )
        pairs = [line.split(" ", 1) for line in done.stdout.splitlines()]
        return {name: commit for commit, name in pairs}

    def _has_all(self, here: dict[str, str], there: dict[str, str]) -> bool:
        """Tell whether all branches and tags of the remote are known here."""
        for name, commit in there.items():
            if name.endswith("^{}"):
                continue
            if name.startswith("refs/heads/") and not self.bare:
                name = "refs/remotes/%s/%s" % (self.remote, name[len("refs/heads/") :])
            if here.get(name) != commit:
                return False
        return True

    def verify(self, version: str, allowed: Sequence[str]) -> None:
        """Check the signature of a version. Raises Fail for one that is not signed, or by nobody allowed."""
        kind = self.git.run(["cat-file", "-t", "refs/tags/" + version], self.path).stdout.strip()
        verb = "verify-tag" if kind == "tag" else "verify-commit"
        done = self.git.run([verb, *(["--raw"] if allowed else []), version], self.path)
        told = {"stdout": done.stdout, "stderr": done.stderr, "rc": done.rc}
        if done.rc != 0:
            raise Fail('Failed to verify GPG signature of commit/tag "%s"' % version, **told)
        if allowed and _fingerprint(done.stderr) not in allowed:
            raise Fail(
                'The gpg_allowlist does not include the public key "%s" for this commit'
                % _fingerprint(done.stderr),
                **told,
            )

    def difference(self, before: str | None, after: str) -> str:
        """Return the difference of two commits, or why it can't be shown."""
        if before is None:
            return ">> Newly checked out %s" % after
        if before == after:
            return ""
        done = self.git.run(["diff", before, after], self.path)
        if done.rc != 0:
            return ">> Failed to get proper diff between %s and %s:\n>> %s" % (before, after, done.stderr)
        return done.stdout or ">> No visual differences between %s and %s" % (before, after)


def _fingerprint(status: str) -> str | None:
    """Return the fingerprint of the primary key, from the status lines of gpg."""
    for line in status.splitlines():
        words = line.split()
        if words[1:2] == ["VALIDSIG"]:
            return words[11] if len(words) > 11 else words[2]
    return None
