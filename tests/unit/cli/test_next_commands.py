"""The commands that a recap proposes reach the same hosts with the same variables, without secrets."""

from __future__ import annotations

from pathlib import Path

from .conftest import Opsflow


def test_the_options_that_matter_are_repeated_and_secrets_are_not(opsflow: Opsflow, tmp_path: Path) -> None:
    (tmp_path / "play.yml").write_text(
        "- {hosts: all, gather_facts: false, tasks: [{fail: {msg: no}, tags: [here]}]}\n"
    )
    (tmp_path / "more.yml").write_text("a: 1\n")
    (tmp_path / "opsflow.yml").write_text("forks: 3\n")
    words = [
        "-i",
        "web1,",
        "-c",
        "local",
        "-e",
        "@more.yml",
        "--config",
        "opsflow.yml",
        "-b",
        "--become-user",
        "app",
        "-t",
        "here",
        "--diff",
    ]
    words += ["-e", "size=3 db_password=tulip api_token='x y' note=b", "-e", '{"my_secret": "s p", "z": 1}']
    code, out, _ = opsflow("play", "play.yml", *words)
    assert code == 2
    again = out.partition("run again on the failed hosts:\n")[2].splitlines()[0].strip()
    assert again == (
        "opsflow play play.yml -i web1, -e @more.yml -e 'size=3 db_password=… api_token=… note=b' "
        """-e '{"my_secret": …, "z": 1}' --config opsflow.yml """
        "--become --become-user app --connection local "
        "--tags here --limit web1"
    )


def test_hosts_that_are_gone_are_asked_for_by_the_same_way(opsflow: Opsflow, tmp_path: Path) -> None:
    (tmp_path / "play.yml").write_text("- {hosts: all, gather_facts: false, tasks: [{ping: }]}\n")
    code, out, _ = opsflow("play", "play.yml", "-i", "127.0.0.1,", "-e", "ansible_port=9", "-u", "me")
    assert code == 4
    assert "opsflow exec -i 127.0.0.1, -e ansible_port=9 --user me 127.0.0.1 -m ping" in out
