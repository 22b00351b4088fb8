"""apt_repository and deb822_repository write what apt reads, in a directory of the test's own."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from opsflow.core.errors import TaskError
from opsflow.target import deb822
from opsflow.target.apt_repository import suggested_name
from tests.support.local import Run

Told = dict[str, Any]
LINE = "deb http://example.org/debian stable main"
KEY = "-----BEGIN PGP PUBLIC KEY BLOCK-----\nabc\n-----END PGP PUBLIC KEY BLOCK-----\n"


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    (tmp_path / "apt" / "sources.list.d").mkdir(parents=True)
    (tmp_path / "apt" / "trusted.gpg.d").mkdir()
    return tmp_path / "apt"


@pytest.fixture
def launchpad() -> Iterator[str]:
    """Run what answers as Launchpad does: it knows ppa:me/tools only."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.path == "/~me/+archive/ubuntu/tools?ws.op=getSigningKeyData"
            body = json.dumps(KEY).encode() if known else b"no such archive"
            self.send_response(200 if known else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


async def repository(run: Run, etc: Path, repo: str, fn: str = "apt_repository", **more: Any) -> Told:
    run.task.check, run.task.diff = more.pop("check", False), more.pop("diff", False)
    args = {"repo": repo, "directory": str(etc), "update_cache": False, **more}
    return await run.task.call(f"{fn}.run", args)


async def test_a_line_is_added_once_and_removed_with_its_file(run: Run, etc: Path) -> None:
    path = etc / "sources.list.d" / "example_org_debian.list"
    told = await repository(run, etc, f"  {LINE}  ", check=True, diff=True)
    assert (told["changed"], told["sources_added"], path.exists()) == (True, [str(path)], False)
    assert told["diff"][0]["after"] == LINE + "\n"
    assert told["diff"][0]["before_header"] == "/dev/null"
    first = await repository(run, etc, LINE, mode="0640")
    assert (first["changed"], first["sources_removed"], first["state"]) == (True, [], "present")
    assert path.read_text() == LINE + "\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert (await repository(run, etc, LINE.replace(" ", "  ")))["changed"] is False
    gone = await repository(run, etc, LINE, state="absent")
    assert (gone["sources_removed"], path.exists()) == ([str(path)], False)
    assert (await repository(run, etc, LINE, state="absent"))["changed"] is False


async def test_other_lines_stay_and_one_that_is_off_is_turned_on(run: Run, etc: Path) -> None:
    main = etc / "sources.list"
    main.write_text(f"#comment\n\n# {LINE} # ours\ndeb http://other/ x main")
    assert (await repository(run, etc, LINE))["sources_added"] == []
    assert main.read_text() == f"#comment\n\n{LINE} # ours\ndeb http://other/ x main"
    await repository(run, etc, LINE, state="absent")
    assert main.read_text() == "#comment\n\ndeb http://other/ x main"
    await repository(run, etc, LINE, filename=str(etc / "sources"))
    assert main.read_text().endswith(f"deb http://other/ x main\n{LINE}\n")


async def test_a_link_is_written_through(run: Run, etc: Path) -> None:
    real = etc / "real.list"
    real.write_text("deb http://other/ x main\n")
    (etc / "sources.list.d" / "own.list").symlink_to(real)
    await repository(run, etc, LINE, filename="own")
    assert real.read_text().splitlines() == ["deb http://other/ x main", LINE]
    assert (etc / "sources.list.d" / "own.list").is_symlink()


@pytest.mark.parametrize("repo", ["http://example.org", "#deb http://example.org x y", "deb-bin x y"])
async def test_what_is_no_repository_is_refused(run: Run, etc: Path, repo: str) -> None:
    with pytest.raises(TaskError, match="Invalid repository string"):
        await repository(run, etc, repo)
    with pytest.raises(ValidationError, match="empty"):
        await run("apt_repository", repo=" ")


def test_names_are_made_of_the_address() -> None:
    assert suggested_name("deb [arch=amd64 signed-by=/a] https://me:pw@dl.example.org/x-y/ s m") == (
        "dl_example_org_x_y"
    )
    assert suggested_name("deb-src file:///mnt/cd stable") == "mnt_cd"
    assert suggested_name("ppa:git-core/ppa_jammy") == "ppa_git_core_ppa_jammy"


async def test_a_ppa_comes_with_its_key(run: Run, etc: Path, launchpad: str) -> None:
    more: Told = {"fn": "apt_ppa", "api": launchpad, "codename": "jammy"}
    assert (await repository(run, etc, "ppa:me/tools", check=True, **more))["changed"] is True
    key, path = (
        etc / "trusted.gpg.d" / "me-ubuntu-tools.asc",
        etc / "sources.list.d" / "ppa_me_tools_jammy.list",
    )
    assert not key.exists()
    first = await repository(run, etc, "ppa:me/tools", **more)
    assert (first["sources_added"], first["repo"]) == ([str(path)], "ppa:me/tools")
    assert path.read_text() == "deb https://ppa.launchpadcontent.net/me/tools/ubuntu jammy main\n"
    assert key.read_text() == KEY
    more["api"] = "http://127.0.0.1:9"
    assert (await repository(run, etc, "ppa:me/tools", **more))["changed"] is False
    assert (await repository(run, etc, "ppa:me/tools", state="absent", **more))["changed"] is True
    with pytest.raises(TaskError, match=r"signing key of ppa:me/tools: .*refused"):
        await repository(run, etc, "ppa:me/tools", **more)
    more["api"] = launchpad
    with pytest.raises(TaskError, match="ppa:me/ppa: HTTP Error 404"):
        await repository(run, etc, "ppa:me", **more)


async def source(run: Run, etc: Path, check: bool = False, **fields: Any) -> Told:
    run.task.check = check
    own = {"name": fields["name"], "state": fields.pop("state", "present"), "mode": "0644"}
    fn = "deb822_url.run" if "://" in fields.get("signed_by", "") else "deb822.run"
    return await run.task.call(fn, {**own, "fields": fields, "directory": str(etc)})


async def test_a_source_with_the_key_of_a_url(run: Run, etc: Path, tmp_path: Path) -> None:
    (tmp_path / "key.asc").write_text(KEY)
    fields: Told = {
        "name": "My Tools_x!",
        "uris": ["http://a/", "http://b/"],
        "suites": ["s"],
        "types": ["deb"],
        "enabled": False,
        "signed_by": f"file://{tmp_path}/key.asc",
    }
    path, key = etc / "sources.list.d" / "my-tools-x.sources", etc / "keyrings" / "my-tools-x.asc"
    assert (await source(run, etc, check=True, **fields))["changed"] is True
    assert not path.exists()
    assert not key.exists()
    first = await source(run, etc, **fields)
    assert (first["changed"], first["dest"], first["key_filename"]) == (True, str(path), str(key))
    assert (
        path.read_text()
        == first["repo"]
        == (
            f"Enabled: no\nX-Repolib-Name: My Tools_x!\nSigned-By: {key}\nSuites: s\nTypes: deb\n"
            "URIs: http://a/ http://b/\n"
        )
    )
    assert key.read_text() == KEY
    assert (await source(run, etc, **fields))["changed"] is False
    path.chmod(0o600)
    assert (await source(run, etc, **fields))["changed"] is True
    gone = await source(run, etc, name="My Tools_x!", state="absent")
    assert (gone["changed"], gone["repo"], path.exists(), key.exists()) == (True, None, False, False)
    with pytest.raises(TaskError, match="Could not fetch signed_by key"):
        await source(run, etc, name="x", signed_by="file:///nonexistent")


def test_a_key_in_the_source_itself_is_indented() -> None:
    text = deb822.render(
        {"signed_by": "-----BEGIN\n\n  abc\n-----END\n", "date_max_future": 5, "by_hash": True}
    )
    assert (
        text == "By-Hash: yes\nDate-Max-Future: 5\nSigned-By:\n    -----BEGIN\n    .\n    abc\n    -----END\n"
    )


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"data": "a", "url": "b"}, "cannot be given together"),
        ({"keyserver": "a"}, "id is needed"),
        ({"state": "absent"}, "id is needed"),
        ({"id": "123", "data": "a"}, "Invalid key_id"),
        ({"id": "12345678"}, "a key is needed"),
    ],
)
async def test_keys_that_can_not_be_found_are_refused(run: Run, options: Told, complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        await run("apt_key", **options)
