"""Images of Docker: built, pulled, loaded, tagged, pushed, archived, removed."""

from __future__ import annotations

import json
import os
import tarfile

from opsflow.target import docker_images, files
from opsflow.target.docker_api import Docker, as_list, mapping
from opsflow.target.docker_build import build
from opsflow.target.docker_config import INDEX
from opsflow.target.docker_images import find, is_id, joined, split
from opsflow.target.paths import expand
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from opsflow.target.request import Request


def run(
    request: Request, docker: Mapping[str, Any], name: str, tag: str, state: str, **want: Any
) -> dict[str, Any]:
    """Have an image, or have it no more."""
    api = Docker(request, docker)
    for option in ("build", "pull"):
        if mapping(want.get(option)).get("platform"):
            api.need((1, 32), option + ".platform")
    if not is_id(name):
        repository, own_tag = split(name)
        name, tag = (repository, own_tag) if own_tag else (name, tag)
    image = Image(api, name, "" if is_id(name) else tag, want)
    return image.present() if state == "present" else image.absent()


class Image:
    """An image: what is wanted of it, and what was done."""

    def __init__(self, api: Docker, repository: str, tag: str, want: dict[str, Any]) -> None:
        self.api = api
        self.request = api.request
        self.repository = repository
        self.tag = tag
        self.name = joined(repository, tag)
        self.want = want
        self.result: dict[str, Any] = {"changed": False, "actions": [], "image": {}}

    def present(self) -> dict[str, Any]:
        found = find(self.api, self.name)
        if found and not self.want["force_source"]:
            self.result["image"] = found
        else:
            self._get(found)
        if self.want.get("archive_path"):
            self._archive(expand(self.request, self.want["archive_path"]))
        if self.want.get("repository"):
            self._label(self.want["repository"])
        elif self.want["push"]:
            self._push(self.repository, self.tag)
        return self.result

    def absent(self) -> dict[str, Any]:
        if find(self.api, self.name):
            self._done("Removed image %s" % self.name)
            if not self.request.check:
                self.api.delete("/images/%s", self.name, force=self.want["force_absent"])
            self.result["image"]["state"] = "Deleted"
        return self.result

    def _done(self, action: str) -> None:
        self.result["changed"] = True
        self.result["actions"].append(action)

    def _get(self, found: dict[str, Any] | None) -> None:
        """Have the image from where it comes from, and see whether it is another one."""
        source = self.want["source"]
        if source == "local":
            if not found:
                raise Fail("Cannot find the image %s locally." % self.name)
            self.result["image"] = found
            return
        {"build": self._build, "load": self._load, "pull": self._pull}[source]()
        if found and found["Id"] == self.result["image"].get("Id"):
            self.result["changed"] = False

    def _build(self) -> None:
        options = self.want["build"]
        path = expand(self.request, options["path"])
        if not os.path.isdir(path):
            raise Fail("Requested build path %s could not be found or you do not have access." % path)
        self._done("Built image %s from %s" % (self.name, path))
        if not self.request.check:
            self.result["stdout"] = "\n".join(build(self.api, self.name, path, options))
            self.result["image"] = mapping(find(self.api, self.name))

    def _pull(self) -> None:
        self._done("Pulled image %s" % self.name)
        if not self.request.check:
            platform = mapping(self.want.get("pull")).get("platform")
            self.result["image"] = docker_images.pull(self.api, self.repository, self.tag, platform)

    def _load(self) -> None:
        path = expand(self.request, self.want["load_path"])
        if not os.path.isfile(path):
            raise Fail("Error loading image %s. Specified path %s does not exist." % (self.name, path))
        self._done("Loaded image %s from %s" % (self.name, path))
        if self.request.check:
            return
        said: list[str] = []
        stream = self.api.stream("/images/load", body=files.read(path), timeout=None)
        for line in docker_images.progress(self.api, "loading %s" % path, stream):
            if line.get("error"):
                raise Fail("Docker cannot load %s: %s" % (path, line["error"]), stdout="\n".join(said))
            said += (line.get("stream") or line.get("status") or "").splitlines()
        loaded = [line.split(":", 1)[1].strip() for line in said if line.startswith("Loaded image")]
        if self.name not in loaded:
            there = "'%s'" % "', '".join(loaded) if loaded else "none: it may be damaged"
            raise Fail(
                "The archive did not contain image '%s'. Instead, found %s." % (self.name, there),
                stdout="\n".join(said),
            )
        others = sorted(set(loaded) - {self.name})
        if others:
            self.result["warnings"] = [
                "The archive contained more images than specified: '%s'" % "', '".join(others)
            ]
        self.result["image"] = mapping(find(self.api, self.name))

    def _archive(self, path: str) -> None:
        image = find(self.api, self.name)
        if not image:
            return
        why = _stale(path, self.name, image["Id"])
        if why:
            self._done("Archived image %s to %s, %s" % (self.name, path, why))
            if not self.request.check:
                files.replace(self.request, path, self.api.chunks("/images/%s/get", self.name), {})
        self.result["image"] = image

    def _label(self, wanted: str) -> None:
        """Give the image a second name."""
        repository, tag = split(wanted)
        tag = tag or self.tag or "latest"
        other = joined(repository, tag)
        found = find(self.api, other)
        if not found or self.want["force_tag"]:
            self.result["actions"].append("Tagged image %s to %s" % (self.name, other))
            changed = True
            if not self.request.check:
                self.api.post("/images/%s/tag", self.name, repo=repository, tag=tag)
                self.result["image"] = mapping(find(self.api, other))
                changed = not found or found["Id"] != self.result["image"].get("Id")
            self.result["changed"] = self.result["changed"] or changed
        if self.want["push"]:
            self._push(repository, tag)

    def _push(self, repository: str, tag: str) -> None:
        if is_id(repository):
            raise Fail("an image is pushed by its name, not by its ID: give `repository`")
        first = repository if docker_images.registry_of(repository) != INDEX else "docker.io/" + repository
        action = "Pushed image %s to %s" % (self.repository, joined(first, tag))
        if self.request.check:
            self._done(action)
            return
        changed, status = docker_images.push(self.api, repository, tag)
        self.result["actions"].append(action)
        self.result["changed"] = self.result["changed"] or changed
        self.result["image"] = mapping(find(self.api, joined(repository, tag)))
        self.result["image"]["push_status"] = status


def _stale(path: str, name: str, image: str) -> str:
    """Return why an archive must be written anew, nothing where it holds the image."""
    if not os.path.isfile(path):
        return "since none present"
    try:
        with tarfile.open(path) as archive:
            manifest: Any = archive.extractfile("manifest.json")
            (entry,) = json.loads(manifest.read().decode("utf-8"))
        found = os.path.basename(entry["Config"]).split(".")[0]
        tags = as_list(entry["RepoTags"])
    except (OSError, ValueError, KeyError, tarfile.TarError):
        return "overwriting an unreadable archive file"
    if "sha256:" + found == image and tags == [name]:
        return ""
    return "overwriting archive with image %s named %s" % (found, ", ".join(tags))
