"""Lookups find what Ansible's find, and fail with a sentence of ours."""

from __future__ import annotations

import base64
import http.server
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml

from opsflow.core.errors import TaskError
from opsflow.source.vault import Vault
from opsflow.templating.filters import FILTERS
from opsflow.templating.filters.crypto import password_hash
from opsflow.templating.lookups import LOOKUPS
from tests.support.vaulted import FILE, SECRET, VARIABLES, vault

from .plain import plain

HERE = Path(__file__).parent
ENVIRONMENT = jinja2.Environment(undefined=jinja2.StrictUndefined)
ENVIRONMENT.filters.update(FILTERS)


@dataclass
class Task:
    """The context of a lookup, with one directory to search."""

    place: Path
    variables: dict[str, Any] = field(default_factory=dict[str, Any])
    folder: str = "files"
    vault: Vault = field(default_factory=vault)
    settings: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def search(self) -> list[str]:
        return [str(self.place)]

    def find_file(self, name: str, kind: str) -> Path:
        for path in (self.place / kind / name, self.place / name):
            if path.exists():
                return path
        raise TaskError(f"there is no file '{name}'")

    def render(self, text: str, *, file: str, variables: Mapping[str, Any] | None = None) -> str:
        return jinja2.Template(text).render(self.variables, **(variables or {}))


@pytest.fixture
def task(tmp_path: Path) -> Task:
    return Task(tmp_path, {"playbook_dir": str(tmp_path)})


def cases() -> list[Any]:
    found = yaml.load((HERE / "lookups_cases.yml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    return [pytest.param(case, id=case["expr"]) for case in found]


@pytest.mark.parametrize("case", cases())
def test_finds_what_ansible_finds(case: dict[str, Any], task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOO", "bar")
    task.variables = case.get("vars", {})

    def query(name: str, *terms: Any, **options: Any) -> list[Any]:
        return LOOKUPS[name](list(terms), task, **options)

    def lookup(name: str, *terms: Any, **options: Any) -> Any:
        found = query(name, *terms, **options)
        return found[0] if len(found) == 1 else ",".join(found)

    expression = ENVIRONMENT.compile_expression(case["expr"], undefined_to_none=False)
    if "error" in case:
        with pytest.raises(TaskError) as caught:
            expression(query=query, lookup=lookup)
        assert caught.value.message == case["error"]
    else:
        assert plain(expression(query=query, lookup=lookup)) == case["value"]


def test_the_lookups_are_those_of_ansible() -> None:
    assert set(LOOKUPS) == {
        "config", "csvfile", "dict", "env", "file", "fileglob", "first_found", "flattened", "indexed_items",
        "ini",
        "inventory_hostnames", "items", "lines", "list", "nested", "password", "pipe", "random_choice",
        "sequence", "subelements", "template", "together", "unvault", "url", "varnames", "vars",
    }  # fmt: skip


def test_settings_by_the_names_of_ansible(task: Task) -> None:
    task.settings.update(forks=7, roles_path=["/roles"], host_key_checking="accept-new", become_user=None)
    task.variables.update(ansible_port=2222, inventory_hostname="w1")
    names = ["DEFAULT_FORKS", "DEFAULT_ROLES_PATH", "HOST_KEY_CHECKING", "DEFAULT_BECOME_USER"]
    config = LOOKUPS["config"]
    assert config(names, task) == [7, ["/roles"], True, "root"]
    assert config(["DEFAULT_GATHERING", "RETRY_FILES_ENABLED"], task) == ["implicit", False]
    ssh = {"plugin_type": "connection", "plugin_name": "ssh"}
    assert config(["port", "remote_user", "timeout", "host"], task, **ssh) == [2222, None, 10, "w1"]
    assert config(["COLOR_OK", "DEFAULT_FORKS"], task, on_missing="skip") == [7]
    with pytest.raises(TaskError, match="there is no setting 'DEFAULT_FROKS' with a meaning here"):
        config(["DEFAULT_FROKS"], task)
    with pytest.raises(TaskError, match="there is no option 'pipelining' of connection plugins here"):
        config(["pipelining"], task, **ssh)


def test_an_undefined_term_is_an_error_that_names_it(task: Task) -> None:
    with pytest.raises(jinja2.UndefinedError, match="'nope' is undefined"):
        LOOKUPS["items"]([jinja2.StrictUndefined(name="nope")], task)


def test_an_unknown_option_is_an_error(task: Task) -> None:
    with pytest.raises(TaskError, match="unexpected keyword argument 'colour'"):
        LOOKUPS["file"](["x"], task, colour="red")


def test_flattened_drops_nulls(task: Task) -> None:
    assert LOOKUPS["flattened"]([[1, [2, None]], 3], task) == [1, 2, 3]


# files


def test_a_file_loses_the_white_space_at_its_end_only(task: Task) -> None:
    (task.place / "files").mkdir()
    (task.place / "files" / "motd").write_text("  hello\nworld  \n\n")
    assert LOOKUPS["file"](["motd"], task) == ["  hello\nworld"]
    assert LOOKUPS["file"](["motd"], task, lstrip=True) == ["hello\nworld"]
    assert LOOKUPS["file"](["motd"], task, rstrip=False) == ["  hello\nworld  \n\n"]


def test_a_missing_file_is_named(task: Task) -> None:
    with pytest.raises(TaskError, match="lookup 'file': there is no file 'nope'"):
        LOOKUPS["file"](["nope"], task)


def test_a_directory_is_no_file(task: Task) -> None:
    with pytest.raises(TaskError, match=r"lookup 'file': .*Is a directory"):
        LOOKUPS["file"](["."], task)


def test_a_template_sees_the_variables_and_its_own(task: Task) -> None:
    (task.place / "x.j2").write_text("{{ a }}{{ b }}\n")
    task.variables.update(a=1, b=2)
    assert LOOKUPS["template"](["x.j2"], task) == ["12"]
    assert LOOKUPS["template"](["x.j2"], task, template_vars={"b": 3}, convert_data=False) == ["13"]


def test_the_content_of_a_file_is_never_a_template(task: Task) -> None:
    (task.place / "evil").write_text("{{ 1 + 1 }}")
    assert type(LOOKUPS["file"](["evil"], task)[0]) is str


def test_globs_match_files_in_order_and_no_directories(task: Task) -> None:
    (task.place / "files" / "c.conf").mkdir(parents=True)
    for name in ("b.conf", "a.conf"):
        (task.place / "files" / name).touch()
    (task.place / "d.conf").touch()
    expected = [str(task.place / "files" / name) for name in ("a.conf", "b.conf")]
    assert LOOKUPS["fileglob"](["*.conf"], task) == expected
    assert LOOKUPS["fileglob"]([f"{task.place}/files/*.conf"], task) == expected
    assert LOOKUPS["fileglob"](["*.nope"], task) == []


@pytest.mark.parametrize(
    ("terms", "options", "found"),
    [
        (["nope", "a"], {}, "files/a"),
        ([["nope", "a"]], {}, "files/a"),
        (["nope,a"], {}, "files/a"),
        (["b"], {"paths": ["nope", "two"]}, "two/b"),
        ([], {"files": ["nope", "b"], "paths": "one:two"}, "two/b"),
        ([{"files": "nope,b", "paths": ["one", "two"]}], {}, "two/b"),
        ([{"files": ["c", "d"], "paths": ["one", "two"]}], {}, "one/d"),
        (["c", "d"], {"paths": ["one", "two"]}, "two/c"),
        ([{"files": ["nope"]}, "a"], {}, "files/a"),
    ],
)
def test_the_first_file_that_exists_is_found(
    task: Task, terms: list[Any], options: dict[str, Any], found: str
) -> None:
    for name in ("files/a", "two/b", "two/c", "one/d"):
        (task.place / name).parent.mkdir(exist_ok=True)
        (task.place / name).touch()
    assert LOOKUPS["first_found"](terms, task, **options) == [str(task.place / found)]


def test_the_first_file_is_looked_for_where_the_action_keeps_its_files(task: Task) -> None:
    for folder in ("files", "vars"):
        (task.place / folder).mkdir()
        (task.place / folder / "Debian.yml").touch()
    task.folder = "vars"
    assert LOOKUPS["first_found"](["Debian.yml"], task) == [str(task.place / "vars/Debian.yml")]


def test_no_file_found_is_an_error_unless_skipped(task: Task) -> None:
    with pytest.raises(TaskError, match="none of these files exists: a, p/b"):
        LOOKUPS["first_found"](["a", {"files": ["b"], "paths": ["p"]}], task)
    assert LOOKUPS["first_found"](["a"], task, skip=True) == []
    assert LOOKUPS["first_found"]([{"files": ["a"], "skip": True}], task) == []


# tables

INI = "[one]\nuser = bob\npass=%(user)s-x\nhalf=100%%\nEmpty\n[two]\nuser = alice\n"
CSV = 'Symbol,Num,Mass\nH,1,1.008\nLi,3,6.94\n"x, y",7,8\n'


@pytest.mark.parametrize(
    ("term", "options", "values"),
    [
        ("user", {"section": "one"}, ["bob"]),
        ("user section=two", {"section": "one"}, ["alice"]),
        ("pass", {"section": "one"}, ["bob-x"]),
        ("half", {"section": "one"}, ["100%"]),
        ("half", {"section": "one", "interpolation": False}, ["100%%"]),
        ("nope", {"section": "one"}, [""]),
        ("nope", {"section": "one", "default": "d"}, ["d"]),
        ("USER", {"section": "one"}, ["bob"]),
        ("USER", {"section": "one", "case_sensitive": True}, [""]),
        ("u.*|h", {"section": "one", "re": True}, ["bob", "100%"]),
        ("empty", {"section": "one"}, []),
    ],
)
def test_ini(task: Task, term: str, options: dict[str, Any], values: list[Any]) -> None:
    (task.place / "x.ini").write_text(INI)
    assert LOOKUPS["ini"]([term], task, file="x.ini", allow_no_value=True, **options) == values


def test_properties_have_no_sections(task: Task) -> None:
    (task.place / "x.properties").write_text("user.name = robert\nother: 5\n")
    options = {"file": "x.properties", "type": "properties"}
    assert LOOKUPS["ini"](["user.name", "other"], task, **options) == ["robert", "5"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"section": "zzz"}, "has no section 'zzz'"),
        ({}, "contains parsing errors"),
        ({"type": "toml"}, "the type is ini or properties, not 'toml'"),
        ({"colour": 1}, "unknown option 'colour'"),
    ],
)
def test_ini_errors(task: Task, options: dict[str, Any], words: str) -> None:
    (task.place / "ansible.ini").write_text(
        "[one]\nuser = bob\n" + ("" if "section" in options else "lonely\n")
    )
    with pytest.raises(TaskError, match=f"lookup 'ini': .*{words}"):
        LOOKUPS["ini"](["user"], task, **options)


@pytest.mark.parametrize(
    ("term", "options", "values"),
    [
        ("Li", {}, ["3"]),
        ("Li", {"col": 2}, ["6.94"]),
        ("Li col=2", {}, ["6.94"]),
        ("3", {"keycol": 1, "col": 0}, ["Li"]),
        ("zz", {}, []),
        ("zz", {"default": "d"}, ["d"]),
        ("x, y", {}, ["7"]),
    ],
)
def test_csv(task: Task, term: str, options: dict[str, Any], values: list[Any]) -> None:
    (task.place / "x.csv").write_text(CSV)
    assert LOOKUPS["csvfile"]([term], task, file="x.csv", delimiter=",", **options) == values


def test_csv_is_separated_by_tabs_by_default(task: Task) -> None:
    (task.place / "ansible.csv").write_text("k\tv1\tv2\n")
    assert LOOKUPS["csvfile"](["k"], task) == ["v1"]
    with pytest.raises(TaskError, match="the row of 'k' has no column 9, only 3"):
        LOOKUPS["csvfile"](["k"], task, col=9)
    with pytest.raises(TaskError, match="col must be a whole number, not 'x'"):
        LOOKUPS["csvfile"](["k"], task, col="x")


# variables and commands


def test_hosts_of_a_pattern(task: Task) -> None:
    task.variables["groups"] = {"all": ["c", "a", "b"], "web": ["a", "b"], "old": ["b"], "ungrouped": ["c"]}
    assert LOOKUPS["inventory_hostnames"](["web:!old"], task) == ["a"]
    assert LOOKUPS["inventory_hostnames"](["all"], task) == ["c", "a", "b"]
    with pytest.raises(TaskError, match="lookup 'inventory_hostnames': "):
        LOOKUPS["inventory_hostnames"](["~("], task)


def test_commands_run_beside_the_playbook(task: Task) -> None:
    assert LOOKUPS["pipe"](["pwd"], task) == [str(task.place)]


# passwords


def test_a_password_is_made_once_and_kept_for_its_owner_only(task: Task) -> None:
    made = LOOKUPS["password"](["secrets/db.txt"], task)
    file = task.place / "secrets" / "db.txt"
    assert len(made[0]) == 20
    assert file.read_text() == made[0] + "\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in file.parent.iterdir()] == ["db.txt"]
    assert LOOKUPS["password"](["secrets/db.txt"], task, length=5) == made


def test_a_kept_password_may_carry_a_salt_of_ansible(task: Task) -> None:
    (task.place / "db.txt").write_text("sekret salt=abc\n")
    assert LOOKUPS["password"](["db.txt"], task) == ["sekret"]


def test_hosts_that_make_the_same_password_at_once_agree(task: Task) -> None:
    found: list[list[Any]] = []
    threads = [
        threading.Thread(target=lambda: found.append(LOOKUPS["password"](["x"], task))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(password == found[0] for password in found)


@pytest.mark.parametrize(
    ("term", "options", "password"),
    [
        ("/dev/null seed=web1 length=8", {}, "PHReYru8"),
        ("/dev/null", {"seed": "web1", "length": 8, "chars": ["digits"]}, "54506227"),
        ("/dev/null seed=web1 length=12 chars=ascii_lowercase,digits,!", {}, "uqvczik4gcyd"),
        ("/dev/null seed=web1 length=12 chars=digits,,", {}, "434,51160,95"),
        ("/dev/null", {"seed": "web1", "length": 10, "chars": ["a", "b"]}, "bbbabaabaa"),
        ("/dev/null", {"seed": "web1", "length": 8, "chars": "digits"}, "54506227"),
    ],
)
def test_a_seed_gives_ansible_s_password(
    task: Task, term: str, options: dict[str, Any], password: str
) -> None:
    assert LOOKUPS["password"]([term], task, **options) == [password]


def test_what_a_password_can_t_be(task: Task) -> None:
    with pytest.raises(TaskError, match="length must be a whole number, not 'x'"):
        LOOKUPS["password"](["/dev/null length=x"], task)
    with pytest.raises(TaskError, match="unknown hash 'rot13'"):
        LOOKUPS["password"](["/dev/null encrypt=rot13"], task)


def test_a_password_keeps_the_salt_of_its_hash(task: Task) -> None:
    [plain] = LOOKUPS["password"](["secret"], task)
    [first] = LOOKUPS["password"](["secret encrypt=sha256_crypt"], task)
    [second] = LOOKUPS["password"](["secret"], task, encrypt="sha256_crypt")
    assert first == second == password_hash(plain, "sha256", first.split("$")[3])
    assert (task.place / "secret").read_text() == f"{plain} salt={first.split('$')[3]}\n"
    assert LOOKUPS["password"](["secret encrypt="], task) == [plain]


# web


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        user = base64.b64encode(b"me:pw").decode()
        if self.path == "/private" and self.headers["Authorization"] != f"Basic {user}":
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="x"')
            self.end_headers()
            return
        self.send_response(404 if self.path == "/nope" else 200)
        self.end_headers()
        self.wfile.write(f"one\n{self.headers['User-Agent']} {self.headers['X-Tag']}\n".encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_page_is_read_as_lines_or_whole(task: Task, server: str) -> None:
    url = f"http://{server}/"
    assert LOOKUPS["url"]([url], task, headers={"X-Tag": "7"}) == ["one", "opsflow 7"]
    assert LOOKUPS["url"]([url], task, split_lines=False, http_agent="me") == ["one\nme None\n"]


@pytest.mark.parametrize("unasked", [False, True])
def test_a_page_may_ask_who_wants_it(task: Task, server: str, unasked: bool) -> None:
    options = {"username": "me", "password": "pw", "force_basic_auth": unasked}
    assert LOOKUPS["url"]([f"http://{server}/private"], task, **options)[0] == "one"


def test_a_page_that_can_t_be_read(task: Task, server: str) -> None:
    with pytest.raises(TaskError, match=f"http://{server}/nope answered 404 Not Found"):
        LOOKUPS["url"]([f"http://{server}/nope"], task)
    with pytest.raises(TaskError, match=r"cannot get http://127\.0\.0\.1:1/: .*refused"):
        LOOKUPS["url"](["http://127.0.0.1:1/"], task)
    with pytest.raises(TaskError, match="'file:///etc/passwd' is no URL that begins with http"):
        LOOKUPS["url"](["file:///etc/passwd"], task)


def test_encrypted_files_are_decrypted_and_masked(task: Task) -> None:
    (task.place / "encrypted").write_text(FILE)
    (task.place / "plain").write_text("plain\n")
    assert LOOKUPS["unvault"](["encrypted", "plain"], task) == [VARIABLES, "plain\n"]
    assert LOOKUPS["file"](["encrypted"], task) == [VARIABLES.rstrip()]
    assert "db_password" not in task.vault.redactor.text(f"db_password: {SECRET}")
    (task.place / "t.j2").write_text(task.vault.encrypt(b"{{ x }}!"))
    task.variables["x"] = "y"
    assert LOOKUPS["template"](["t.j2"], task) == ["y!"]


def test_a_file_that_cannot_be_decrypted_is_an_error_with_its_place(task: Task) -> None:
    (task.place / "encrypted").write_text(FILE)
    task.vault = vault(("default", "wrong"))
    with pytest.raises(TaskError, match=r"lookup 'unvault': .*encrypted:1:1: can't be decrypted"):
        LOOKUPS["unvault"](["encrypted"], task)
