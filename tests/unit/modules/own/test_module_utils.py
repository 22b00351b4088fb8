"""What modules import beside AnsibleModule: the same names, and what they give."""

from __future__ import annotations

import ast
import io
import subprocess
import sys
import urllib.error
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any

import pytest

from opsflow.connection.bundle import compat_source
from opsflow.target.compat import api, distro, service, splitter, urls
from opsflow.target.compat.common import collections, dict_transformations, network, respawn
from opsflow.target.compat.common.process import get_bin_path
from opsflow.target.compat.common.sys_info import get_platform_subclass
from opsflow.target.compat.common.text import converters
from opsflow.target.compat.common.text.formatters import bytes_to_human, human_to_bytes
from opsflow.target.compat.compat.version import LooseVersion, StrictVersion
from opsflow.target.compat.facts import timeout, utils
from opsflow.target.compat.json_utils import _filter_non_json_lines as filter_lines
from opsflow.target.compat.parsing.convert_bool import boolean

COMPAT = Path(__file__).parents[4] / "opsflow" / "target" / "compat"
NAMES = [
    ".".join(path.relative_to(COMPAT).with_suffix("").parts).removesuffix(".__init__")
    for path in sorted(COMPAT.rglob("*.py"))
    if path != COMPAT / "__init__.py"
]


@pytest.mark.parametrize("name", NAMES)
def test_each_file_is_ansibles_on_the_host_and_is_python_3_6(name: str) -> None:
    found = compat_source(name)
    assert found is not None
    assert "opsflow.target.compat" not in found.source
    compile(found.source, name, "exec", dont_inherit=True)
    ast.parse(found.source, feature_version=(3, 6))


def test_a_name_that_is_none_finds_nothing() -> None:
    assert compat_source("no.such") is None
    assert compat_source("../runner") is None


SIX = """
import sys
sys.path.insert(0, sys.argv[1])
import opsflow.target.compat.six as six
from opsflow.target.compat.six import string_types, text_type, iteritems, moves, u, b, with_metaclass
from opsflow.target.compat.six.moves import configparser, shlex_quote, range, reduce, StringIO
from opsflow.target.compat.six.moves.urllib.parse import urlencode
from opsflow.target.compat.six.moves.urllib.error import HTTPError
import opsflow.target.compat.six.moves.urllib.request as request
import opsflow.target.compat.six.moves.http_client as client
import http.client, urllib.request
assert client is http.client and request is urllib.request and moves.urllib.parse.quote("a b") == "a%20b"
assert request.__name__ == "urllib.request" and moves.http_client is http.client
assert (string_types, text_type, list(iteritems({1: 2}))) == ((str,), str, [(1, 2)])
assert (u("a"), b("a")) == ("a", b"a")
assert shlex_quote("a b") == "'a b'" and reduce(lambda a, b: a + b, range(4)) == 6 and six.PY3
class Meta(type):
    pass
class Made(with_metaclass(Meta, dict)):
    pass
assert type(Made) is Meta and Made.__mro__[1] is dict
try:
    from opsflow.target.compat.six.moves import nosuch
except ImportError:
    print("fine")
"""


def test_six_has_the_names_of_both_pythons() -> None:
    root = str(COMPAT.parents[2])
    done = subprocess.run([sys.executable, "-c", SIX, root], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("fine\n", "")


def test_text_and_bytes_go_both_ways_whatever_is_in_them() -> None:
    odd = b"a\xe9\xff"
    assert converters.to_bytes(converters.to_text(odd)) == odd
    assert converters.to_text(None) == "None"
    assert converters.to_text(5, nonstring="passthru") == 5
    assert converters.to_bytes(5, nonstring="empty") == b""
    assert converters.to_bytes("a\ud800").startswith(b"a")
    with pytest.raises(TypeError, match="must be a string"):
        converters.to_text(5, nonstring="strict")
    assert converters.container_to_text({b"a": [b"b", (b"c",)]}) == {"a": ["b", ("c",)]}
    assert converters.container_to_bytes({"a": ["b", 1]}) == {b"a": [b"b", 1]}


@pytest.mark.parametrize(
    ("text", "number"),
    [("1kilobyte", 1024), ("2 MB", 2097152), ("7m", 7340032), ("1b", 1), ("10 ", 10), ("1.5K", 1536)],
)
def test_sizes_are_read(text: str, number: int) -> None:
    assert human_to_bytes(text) == number


@pytest.mark.parametrize("text", ["1kb", "3KiB", "x", "1Q", "1.2.3", "", "-1", "1kilobytes", "1Bb"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"human_to_bytes\(\)"):
        human_to_bytes(text)


def test_sizes_are_written() -> None:
    assert (bytes_to_human(0), bytes_to_human(5 * 1024**3)) == ("0.00 Bytes", "5.00 GB")
    assert (bytes_to_human(2048, isbits=True), bytes_to_human(2048, unit="M")) == ("2.00 Kb", "0.00 MB")
    assert human_to_bytes(10, "M") == 10485760
    assert human_to_bytes("1Kb", isbits=True) == 1024


def test_words_mean_yes_or_no() -> None:
    assert boolean("Yes ") is True
    assert boolean(0) is False
    assert boolean([], strict=False) is False
    with pytest.raises(TypeError, match="'maybe' is not a valid boolean"):
        boolean("maybe")


def test_versions_compare() -> None:
    assert LooseVersion("1.10") > LooseVersion("1.9")
    assert LooseVersion("1.2b1") == "1.2b1"
    assert StrictVersion("1.2a1") < StrictVersion("1.2") < "1.2.1"
    assert str(StrictVersion("1.2.0")) == "1.2"
    with pytest.raises(ValueError, match="invalid version number 'x'"):
        StrictVersion("x")


def test_keys_change_their_spelling() -> None:
    camel = {"HTTPEndpoint": {"maxSize": [{"targetGroupARNs": 1}]}, "Tags": {"MyTag": 1}}
    snake = dict_transformations.camel_dict_to_snake_dict(camel, ignore_list=["Tags"])
    assert snake == {"http_endpoint": {"max_size": [{"target_group_arns": 1}]}, "tags": {"MyTag": 1}}
    assert dict_transformations.snake_dict_to_camel_dict({"a_b": [{"c_d": 1}]}) == {"aB": [{"cD": 1}]}
    reversible = dict_transformations.camel_dict_to_snake_dict({"ARNs": 1}, reversible=True)
    assert reversible == {"a_r_ns": 1}


def test_mappings_are_merged_and_compared() -> None:
    assert dict_transformations.dict_merge({"a": {"b": 1}}, {"a": {"c": 2}}) == {"a": {"b": 1, "c": 2}}
    diff = dict_transformations.recursive_diff({"a": {"b": 1, "c": 1}, "d": 1}, {"a": {"b": 2, "c": 1}})
    assert diff == ({"a": {"b": 1}, "d": 1}, {"a": {"b": 2}})
    assert dict_transformations.recursive_diff({"a": 1}, {"a": 1}) is None
    with pytest.raises(TypeError, match="must be a dictionary"):
        dict_transformations.recursive_diff([], {})


def test_networks_are_told() -> None:
    assert network.to_subnet("10.1.2.3", 24) == "10.1.2.0/24"
    assert network.to_subnet("10.1.2.3", "255.255.0.0", dotted_notation=True) == "10.1.0.0 255.255.0.0"
    assert (network.to_netmask(20), network.to_masklen("255.255.240.0")) == ("255.255.240.0", 20)
    assert network.is_mac("00-11-22-33-44-5f") and not network.is_mac("00-11:22-33-44-55")  # noqa: PT018
    assert network.to_ipv6_subnet("2001:db8::1") == "2001:db8:0:0::"
    with pytest.raises(ValueError, match="invalid value for netmask"):
        network.to_masklen("255.0.255.256")


def test_collections_that_do_not_change() -> None:
    frozen = collections.ImmutableDict(a=1)
    assert frozen.union({"b": 2}) == collections.ImmutableDict(a=1, b=2)
    assert frozen.difference(["a"]) == collections.ImmutableDict()
    assert {frozen: 1}[collections.ImmutableDict(a=1)] == 1
    assert [collections.is_sequence("a"), collections.is_iterable({1})] == [False, True]
    assert collections.count(["a", "a", "b"]) == {"a": 2, "b": 1}


def test_lines_are_split_into_arguments() -> None:
    assert splitter.split_args("a=1 b='x y' c={{ d | e }}") == ["a=1", "b='x y'", "c={{ d | e }}"]
    assert splitter.unquote("'a'") == "a"
    with pytest.raises(ValueError, match="unbalanced"):
        splitter.split_args("a='b")


def test_json_is_found_between_other_lines() -> None:
    assert filter_lines('noise\n{"a":\n1}\nmore') == (
        '{"a":\n1}',
        ["Module invocation had junk after the JSON data: more"],
    )
    with pytest.raises(ValueError, match="No start of json"):
        filter_lines("x")


def test_this_host_is_known() -> None:
    class Generic:
        platform = "Generic"
        distribution: str | None = None

    class Linux(Generic):
        platform = "Linux"

    assert get_platform_subclass(Generic) is Linux
    assert distro.id() == distro.info()["id"]
    assert utils.get_file_content("/no/such", "x") == "x"
    assert utils.get_file_lines("/proc/self/comm")
    assert utils.get_mount_size("/")["size_total"] > 0
    assert get_bin_path("sh").endswith("/sh")
    assert service.sysv_exists("no-such-service") is False
    assert respawn.probe_interpreters_for_module(["/no/such", sys.executable], "json") == sys.executable


def test_calls_are_tried_again() -> None:
    calls: list[int] = []

    @api.retry(retries=3, retry_pause=0)
    def works_late() -> bool:
        calls.append(1)
        return len(calls) == 3

    assert works_late()
    assert len(calls) == 3

    @api.retry_with_delays_and_condition([0, 0], lambda error: isinstance(error, KeyError))
    def fails() -> None:
        calls.append(1)
        raise KeyError("x")

    with pytest.raises(KeyError):
        fails()
    assert len(calls) == 6


class Handler(BaseHTTPRequestHandler):
    """Tells what it was asked; /missing is a 404."""

    def do_GET(self) -> None:
        body = f"{self.command} {self.path} {self.headers.get('X-Word')} {self.headers.get('User-Agent')}"
        size = int(self.headers.get("Content-Length") or 0)
        body += f" {self.rfile.read(size).decode()}" if size else ""
        self.send_response(404 if self.path == "/missing" else 200)
        self.send_header("X-Two", "a")
        self.send_header("Set-Cookie", "crumb=1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    do_POST = do_PUT = do_GET  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None: ...


@pytest.fixture
def server() -> Iterator[str]:
    found = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=found.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{found.server_port}"
    found.shutdown()
    thread.join()
    found.server_close()


def module(tmp_path: Path, **params: Any) -> Any:
    def fail_json(**kwargs: Any) -> None:
        raise SystemExit(kwargs["msg"])

    return SimpleNamespace(
        params=params, tmpdir=str(tmp_path), fail_json=fail_json, add_cleanup_file=lambda _: None
    )


def test_urls_are_opened(server: str) -> None:
    with urls.open_url(f"{server}/a", headers={"X-Word": "w"}, http_agent="me") as response:
        assert response.read() == b"GET /a w me"
        assert response.getcode() == 200
    with urls.open_url(f"{server}/a", data="x=1", method="PUT") as response:
        assert response.read().endswith(b"x=1")
    with pytest.raises(urllib.error.HTTPError, match="404") as caught:
        urls.open_url(f"{server}/missing")
    caught.value.close()
    with pytest.raises(urllib.error.URLError, match="refused"):
        urls.open_url("http://127.0.0.1:9/", timeout=2)


def test_a_module_fetches_with_its_options(server: str, tmp_path: Path) -> None:
    response, info = urls.fetch_url(
        module(tmp_path, http_agent="mine"), f"{server}/b", data="x", method="POST"
    )
    with response:
        assert response.read().split()[:4] == [b"POST", b"/b", b"None", b"mine"]
    assert {
        "status": 200,
        "x-two": "a",
        "cookies": {"crumb": "1"},
        "url": f"{server}/b",
    }.items() <= info.items()
    nothing, info = urls.fetch_url(module(tmp_path), f"{server}/missing")
    assert (nothing, info["status"], info["msg"]) == (None, 404, "HTTP Error 404: Not Found")
    assert info["body"].startswith(b"GET /missing")
    _, info = urls.fetch_url(module(tmp_path), "http://127.0.0.1:9/", timeout=2)
    assert info["status"] == -1
    assert "refused" in info["msg"]


def test_a_file_is_fetched_into_the_modules_directory(server: str, tmp_path: Path) -> None:
    path = Path(urls.fetch_file(module(tmp_path), f"{server}/name.tar.gz"))
    assert (path.parent, path.suffix) == (tmp_path, ".gz")
    assert path.read_text().startswith("GET /name.tar.gz")
    with pytest.raises(SystemExit, match=r"Failure downloading .*/missing, HTTP Error 404"):
        urls.fetch_file(module(tmp_path), f"{server}/missing")


def test_forms_are_made_of_texts_and_files(tmp_path: Path) -> None:
    (tmp_path / "f.txt").write_text("content")
    kind, body = urls.prepare_multipart(
        {
            "a": "one",
            "b": {"filename": str(tmp_path / "f.txt")},
            "c": {"content": "{}", "mime_type": "text/x"},
        }
    )
    assert kind.startswith("multipart/form-data; boundary=")
    text = io.BytesIO(body).read().decode()
    assert 'form-data; name="a"\r\n\r\none\r\n' in text
    assert 'filename="f.txt"' in text
    assert "Content-Type: text/x" in text


def test_headers_and_options_of_requests() -> None:
    assert urls.basic_auth_header("u", "p") == b"Basic dTpw"
    assert urls.rfc2822_date_string((2026, 1, 2, 3, 4, 5, 4, 2, 0)) == "Fri, 02 Jan 2026 03:04:05 -0000"
    assert urls.url_argument_spec()["url_password"]["no_log"]
    assert urls.generic_urlparse(urls.urlparse("http://u@h:1/p"))["hostname"] == "h"


def test_what_takes_too_long_is_left() -> None:
    held = Event()
    with pytest.raises(timeout.TimeoutError, match=r"Timer expired after 0\.01 seconds"):
        timeout.timeout(0.01)(held.wait)()
    held.set()

    @timeout.timeout
    def quick(word: str) -> str:
        return word

    assert quick("x") == "x"
    with pytest.raises(ZeroDivisionError):
        timeout.timeout(1)(lambda: 1 / 0)()


def test_urls_are_shown_without_passwords_and_named_by_their_ends(server: str) -> None:
    assert urls.mask_url("http://u:pw@h/p?x") == "http://u:********@h/p?x"
    assert urls.mask_url("http://h/") == "http://h/"
    with urls.open_url(f"{server}/dir/name.txt") as response:
        assert urls.get_response_filename(response) == "name.txt"
        assert urls.parse_content_type(response)[2] == "utf-8"
