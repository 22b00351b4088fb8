"""Ansible's `get_url`: a file from the network, where it is not there yet."""

from __future__ import annotations

import os
import re
import time
import urllib.parse

from opsflow.target import attributes, files
from opsflow.target.http import Answer, Client, Failed, http_date, without_password
from opsflow.target.paths import expand
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from opsflow.target.request import Request

    Result = dict[str, Any]

_SUMS_LIMIT = 16 * 1024 * 1024  # bytes of a file of checksums


def run(
    request: Request,
    url: str,
    dest: str,
    checksum: str = "",
    force: bool = False,
    backup: bool = False,
    **options: Any,
) -> Result:
    """Download a URL to a file, or into a directory under the name that the server or the URL gives.

    Args:
        checksum: `ALGORITHM:DIGEST`, or `ALGORITHM:URL` of a file of checksums that lists the name.
        options: those of `http.Client`, and the common file options.
    """
    wanted = attributes.split(options)
    download = _Download(request, Client(request, **options), url, expand(request, dest), wanted, backup)
    try:
        download.expect(checksum)
        return download.run(force)
    except Failed as failed:
        raise download.fail(str(failed)) from None


class _Download:
    def __init__(
        self, request: Request, client: Client, url: str, dest: str, wanted: dict[str, Any], backup: bool
    ) -> None:
        self.request = request
        self.client = client
        self.url = url
        self.dest = dest
        self.wanted = wanted
        self.backup = backup
        self.algorithm = ""
        self.digest = ""
        self.start = time.time()

    def expect(self, checksum: str) -> None:
        """Understand `checksum`; fetch it where it is a URL."""
        if not checksum:
            return
        algorithm, _, value = checksum.partition(":")
        self.algorithm, value = algorithm.strip().lower(), value.strip()
        if re.match(r"^(https?|ftp|file)://", value):
            value = self._listed(value)
        self.digest = value.lower()
        if not re.match(r"^[0-9a-f]+$", self.digest):
            raise self.fail("The checksum format is invalid: write ALGORITHM:DIGEST or ALGORITHM:URL")

    def _listed(self, url: str) -> str:
        """Return the digest that a file of checksums gives for our file, or its only one."""
        answer = self.client.open("GET", url)
        if answer.error:
            raise self.fail("cannot fetch the checksums of %s: %s" % (without_password(url), answer.error))
        content = b""
        for chunk in answer.chunks():
            content += chunk
            if len(content) > _SUMS_LIMIT:
                raise self.fail("%s is too large to be a file of checksums" % without_password(url))
        name = self._name_in(self.url)
        lines = [line.split() for line in content.decode("utf-8", "replace").splitlines() if line.strip()]
        for words in lines:
            if len(words) == 2 and os.path.basename(words[1].lstrip("*")) == name:
                return words[0]
            if (
                len(words) == 4 and words[1] == "(%s)" % name and words[2] == "="
            ):  # BSD: SHA256 (name) = digest
                return words[3]
        if len(lines) == 1 and len(lines[0]) == 1:
            return lines[0][0]
        raise self.fail("Unable to find a checksum for file '%s' in '%s'" % (name, without_password(url)))

    def _name_in(self, url: str) -> str:
        return os.path.basename(urllib.parse.unquote(urllib.parse.urlsplit(url).path)) or "index.html"

    def run(self, force: bool) -> Result:
        into = os.path.isdir(self.dest)
        if not into and not os.path.isdir(os.path.dirname(self.dest) or "."):
            raise self.fail("Destination directory %s does not exist" % os.path.dirname(self.dest))
        here = not into and os.path.exists(self.dest)
        if here and self.digest and not force and self._digest_of(self.dest) == self.digest:
            return self._unchanged("file already exists")
        headers: dict[str, str] = {}
        if here and not force and not self.digest:
            headers["If-Modified-Since"] = http_date(os.stat(self.dest).st_mtime)
        answer = self.client.open("HEAD" if self.request.check else "GET", self.url, headers=headers)
        if self.request.check and answer.status in (405, 501):  # a server that does not know HEAD
            answer = self.client.open("GET", self.url, headers=headers)
        if answer.status == 304 and here:
            return self._unchanged("HTTP Error 304: Not Modified", status_code=304)
        if answer.error:
            raise self.fail("Request failed", status_code=answer.status, response=answer.error)
        if into:
            self.dest = os.path.join(self.dest, self._name(answer))
        return self._would(answer) if self.request.check else self._save(answer)

    def _name(self, answer: Answer) -> str:
        said = os.path.basename(answer.headers.get_filename() or "")
        return said if said not in ("", ".", "..") else self._name_in(answer.url)

    def _digest_of(self, path: str) -> str:
        try:
            return files.digest(path, self.algorithm)
        except ValueError:
            raise self.fail("there is no checksum algorithm '%s' on this host" % self.algorithm) from None

    def _would(self, answer: Answer) -> Result:
        if self.digest and os.path.exists(self.dest) and self._digest_of(self.dest) == self.digest:
            return self._unchanged("file already exists")
        result = self._result(True, answer, checksum_dest=files.checksum(self.dest), checksum_src=None)
        return dict(attributes.info(self.dest), **result) if os.path.exists(self.dest) else result

    def _save(self, answer: Answer) -> Result:
        before = files.checksum(self.dest)
        with files.Staged(self.request, self.dest, self.wanted) as staged:
            staged.fill(self._counted(answer))
            after = staged.written.sha1.hexdigest()
            if self.digest and self._digest_of(staged.temporary) != self.digest:
                raise self.fail(
                    "The checksum for %s did not match %s; it was %s."
                    % (without_password(self.url), self.digest, self._digest_of(staged.temporary)),
                    checksum_src=after,
                    checksum_dest=before,
                )
            if before != after:
                staged.commit(self.backup)
        changed = attributes.apply(self.request, self.dest, self.wanted) or before != after
        result = self._result(changed, answer, checksum_dest=before, checksum_src=after)
        result.update(attributes.info(self.dest), md5sum=staged.written.result()["md5sum"])
        if staged.written.backup:
            result["backup_file"] = staged.written.backup
        return result

    def _counted(self, answer: Answer) -> Iterable[bytes]:
        """Hand on the content and tell how far it is."""
        size, length = 0, answer.length()
        total = int(length) if length.isdigit() and not answer.unpack else None
        for chunk in answer.chunks():
            size += len(chunk)
            percent = 100.0 * size / total if total else None
            self.request.event(
                "progress", message="downloading %s" % self._name_in(self.url), percent=percent
            )
            yield chunk

    def _unchanged(self, msg: str, **more: Any) -> Result:
        changed = attributes.apply(self.request, self.dest, self.wanted)
        result: Result = {
            "changed": changed,
            "dest": self.dest,
            "url": without_password(self.url),
            "msg": msg,
        }
        if not more:  # without asking the server
            result.update(checksum_src=None, checksum_dest=None)
        result.update(attributes.info(self.dest), elapsed=int(time.time() - self.start))
        return dict(result, **more)

    def _result(self, changed: bool, answer: Answer, **more: Any) -> Result:
        result: Result = {"changed": changed, "dest": self.dest, "url": without_password(self.url)}
        status = None if self.url.startswith("file:") else answer.status
        result.update(msg="%s (%s bytes)" % (answer.reason, answer.length()), status_code=status)
        result["elapsed"] = int(time.time() - self.start)
        return dict(result, **more)

    def fail(self, msg: str, **more: Any) -> Fail:
        data = dict(attributes.info(self.dest), dest=self.dest, url=without_password(self.url))
        data["elapsed"] = int(time.time() - self.start)
        return Fail(msg, **dict(data, **more))
