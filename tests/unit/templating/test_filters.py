"""Filters and tests yield what Ansible's yield, case by case, and fail with a sentence of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from jinja2 import StrictUndefined
from jinja2.exceptions import TemplateRuntimeError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from opsflow.core.origin import Origin
from opsflow.source.loader import load_text
from opsflow.source.values import Str
from opsflow.templating.conditions import TESTS
from opsflow.templating.environment import make_environment
from opsflow.templating.filters import COLLECTIONS, FILTERS

from .plain import plain

HERE = Path(__file__).parent
FILES = ("filters_cases.yml", "collections_cases.yml", "conditions_cases.yml")
ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
ENVIRONMENT.filters.update(FILTERS)
ENVIRONMENT.tests.update(TESTS)


def evaluate(expression: str, variables: dict[str, Any] | None = None) -> Any:
    return plain(ENVIRONMENT.compile_expression(expression, undefined_to_none=False)(**(variables or {})))


def cases(file: str) -> list[Any]:
    found = yaml.load((HERE / file).read_text(encoding="utf-8"), yaml.CSafeLoader)
    return [pytest.param(case, id=case["expr"].encode("unicode_escape").decode()) for case in found]


@pytest.mark.parametrize("case", [case for file in FILES for case in cases(file)])
def test_yields_what_ansible_yields(case: dict[str, Any]) -> None:
    if "error" in case:
        with pytest.raises(TemplateRuntimeError) as caught:
            evaluate(case["expr"], case.get("vars"))
        assert caught.value.message == case["error"]
    else:
        assert repr(evaluate(case["expr"], case.get("vars"))) == repr(case["value"])


def test_every_documented_filter_of_ansible_exists() -> None:
    documented = {
        "b64decode", "b64encode", "basename", "bool", "checksum", "combinations", "combine", "comment",
        "commonpath", "dict2items", "difference", "dirname", "expanduser", "expandvars", "extract",
        "fileglob", "flatten", "from_json", "from_yaml", "from_yaml_all", "hash", "human_readable",
        "human_to_bytes", "intersect", "items2dict", "log", "mandatory", "md5", "normpath",
        "password_hash", "path_join", "permutations", "pow", "product", "quote", "random", "realpath",
        "regex_escape", "regex_findall", "regex_replace", "regex_search", "rekey_on_member", "relpath",
        "root", "sha1", "shuffle", "split", "splitext", "strftime", "subelements", "symmetric_difference",
        "ternary", "to_datetime", "to_json", "to_nice_json", "to_nice_yaml", "to_uuid", "to_yaml",
        "type_debug", "union", "unique", "unvault", "urldecode", "urlsplit", "vault",
        "win_basename", "win_dirname", "win_splitdrive", "zip", "zip_longest",
    }  # fmt: skip
    assert set(FILTERS) - set(COLLECTIONS) == documented


def test_filters_are_known_by_the_names_of_their_collections() -> None:
    filters = make_environment().filters
    names = ("ansible.builtin.combine", "community.general.json_query", "ansible.utils.ipaddr")
    assert all(name in filters for name in (*names, "ansible.netcommon.ipaddr", "ansible.builtin.upper"))
    assert not {"ansible.builtin.json_query", "community.general.ipaddr"} & set(filters)


def test_values_with_positions_are_written_as_plain_yaml_and_json() -> None:
    source = load_text("web: {ports: [80, 443], name: nginx}", "vars.yml")
    assert evaluate("x | to_yaml", {"x": source}) == "web:\n  name: nginx\n  ports: [80, 443]\n"
    assert evaluate("x | to_json", {"x": source}) == '{"web": {"ports": [80, 443], "name": "nginx"}}'
    assert evaluate("[x | type_debug, x.web.ports | type_debug]", {"x": source}) == ["dict", "list"]
    assert evaluate("x.web.name | type_debug", {"x": source}) == "str"


def test_results_of_text_filters_forget_where_their_input_was_written() -> None:
    source = Str("a b", Origin("vars.yml", 1, 1))
    for filter_ in ("quote", "regex_replace('z', '')", "path_join", "b64encode", "comment"):
        assert type(evaluate(f"x | {filter_}", {"x": source})) is str


def test_undefined_values_inside_others_are_refused() -> None:
    for filter_ in ("to_json", "to_yaml"):
        with pytest.raises(TemplateRuntimeError, match="'nope' is undefined"):
            evaluate(f"[nope] | {filter_}")


def test_bytes_that_are_no_text_survive_base64() -> None:
    assert evaluate("'/w==' | b64decode | b64encode") == "/w=="


def test_a_random_salt_differs_each_time_and_has_the_size_asked_for() -> None:
    one, two = (evaluate("'x' | password_hash('sha512', rounds=1000, salt_size=9)") for _ in range(2))
    assert one != two
    assert len(one.split("$")[3]) == 9


def test_sets_keep_the_order_of_their_input() -> None:
    assert evaluate("[3, 1, 2] | union([5, 4, 1])") == [3, 1, 2, 5, 4]
    assert evaluate("[3, 1, 2] | intersect([2, 3])") == [3, 2]
    assert evaluate("[3, [1], 2] | difference([2])") == [3, [1]]
    assert evaluate("[3, 1] | symmetric_difference([[7], 3])") == [1, [7]]


def test_a_shuffle_keeps_all_items() -> None:
    assert sorted(evaluate("[1, 2, 3] | shuffle")) == [1, 2, 3]


def test_tests_on_files_look_at_this_machine(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_text("$ANSIBLE_VAULT;1.1;AES256\n00")
    link.symlink_to("nowhere")
    names = {"folder": str(tmp_path), "file": str(file), "link": str(link), "glob": str(tmp_path / "f*")}
    for expression in (
        "folder is directory",
        "file is file and file is exists and file is not directory",
        "link is link and link is link_exists and link is not exists",
        "file is same_file(folder ~ '/./file')",
        "file is vaulted_file",
        "folder is not mount and '/' is mount",
        "(glob | fileglob) == [file]",
        "(link | realpath | basename) == 'nowhere'",
    ):
        assert evaluate(expression, names) is True, expression


def test_an_encrypted_value_is_known() -> None:
    value = load_text("x: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  00\n", "vars.yml")
    assert evaluate("x.x is vault_encrypted", {"x": value}) is True


def test_expansions_use_the_environment_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert evaluate("['$HOME/x' | expandvars, '~/x' | expanduser]") == ["/home/me/x", "/home/me/x"]


HOSTS = [
    "192.24.2.1",
    "host.fqdn",
    "::1",
    "192.168.32.0/24",
    "fe80::100/10",
    True,
    "",
    "2001:db8:32c:faad::/64",
]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("x | ipaddr", ["192.24.2.1", "::1", "192.168.32.0/24", "fe80::100/10", "2001:db8:32c:faad::/64"]),
        ("x | ipv4", ["192.24.2.1", "192.168.32.0/24"]),
        ("x | ipv6", ["::1", "fe80::100/10", "2001:db8:32c:faad::/64"]),
        ("x | ipaddr('address')", ["192.24.2.1", "::1", "fe80::100", "2001:db8:32c:faad::"]),
        ("x | ipaddr('host')", ["192.24.2.1/32", "::1/128", "fe80::100/10"]),
        ("x | ipaddr('net')", ["192.168.32.0/24", "2001:db8:32c:faad::/64"]),
        ("x | ipaddr('net') | ipaddr('size')", [256, 18446744073709551616]),
        ("x | ipaddr('net') | ipaddr('1')", ["192.168.32.1/24", "2001:db8:32c:faad::1/64"]),
        ("x | ipaddr('192.0.0.0/8')", ["192.24.2.1", "192.168.32.0/24"]),
        (
            "x | ipwrap",
            [
                "192.24.2.1",
                "host.fqdn",
                "[::1]",
                "192.168.32.0/24",
                "[fe80::100]/10",
                True,
                "",
                "[2001:db8:32c:faad::]/64",
            ],
        ),
        ("'192.0.2.5/24' | ipaddr('network')", "192.0.2.0"),
        ("'192.0.2.5/24' | ipaddr('netmask')", "255.255.255.0"),
        ("'192.0.2.5/24' | ipaddr('wildcard')", "0.0.0.255"),
        ("'192.0.2.5/24' | ipaddr('broadcast')", "192.0.2.255"),
        ("'192.0.2.5/24' | ipaddr('prefix')", 24),
        ("'192.0.2.5/24' | ipaddr('subnet')", "192.0.2.0/24"),
        ("'192.0.2.5/24' | ipaddr('range_usable')", "192.0.2.1-192.0.2.254"),
        ("'192.0.2.5/24' | ipaddr('size_usable')", 254),
        ("'192.0.2.5/24' | ipaddr(-1)", "192.0.2.255/24"),
        ("'192.0.2.5/30' | ipaddr(4)", None),
        ("'192.0.2.1' | ipaddr('revdns')", "1.2.0.192.in-addr.arpa."),
        ("'10.1.1.1' | ipaddr('private')", "10.1.1.1"),
        ("'8.8.8.8' | ipaddr('public')", "8.8.8.8"),
        ("'10.1.1.1' | ipaddr('public')", None),
        ("'192.168.0.0/24' | ipaddr('type')", "network"),
        ("'::1' | ipaddr('10.0.0.0/8')", None),
        ("'2001:db8::5' | ipv4", False),
        ("'2001:db8::5' | ipv6('wrap')", "[2001:db8::5]"),
    ],
)
def test_addresses(expression: str, value: Any) -> None:
    assert evaluate(expression, {"x": HOSTS}) == value


def test_an_unknown_question_about_an_address_lists_the_known_ones() -> None:
    with pytest.raises(TemplateRuntimeError, match="unknown query 'gatewa'; there are address,"):
        evaluate("'10.0.0.1' | ipaddr('gatewa')")


def test_vault_and_unvault_write_and_read_what_ansibles_do() -> None:
    sealed = (
        "$ANSIBLE_VAULT;1.2;AES256;filter_default\n"
        "3733363136633734373937333631366337340a313061376262393637616462373435336665346435\n"
        "61623939383336353331633231316466626534353166343338653966306266666330636438376233\n"
        "3966320a6637303530623834613263316431346533613033393964336533306561643966\n"
    )
    assert evaluate("'secret' | vault('pw', 'saltysalt')") == sealed
    unnamed = evaluate("'secret' | vault('pw', 'saltysalt', 'default')")
    assert unnamed.splitlines() == ["$ANSIBLE_VAULT;1.1;AES256", *sealed.splitlines()[1:]]
    assert evaluate("x | unvault('pw')", {"x": sealed}) == "secret"
    assert evaluate("'plain' | unvault('pw')") == "plain"
    with pytest.raises(TemplateRuntimeError, match="filter 'unvault': can't be decrypted"):
        evaluate("x | unvault('wrong')", {"x": sealed})
    with pytest.raises(TemplateRuntimeError, match="filter 'vault': the secret must be a text"):
        evaluate("'x' | vault(1)")
