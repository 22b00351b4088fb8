"""Modules that are done once for all hosts."""

from tests.support.plays import Player


async def test_a_pause_is_one_for_all_hosts(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - pause: {seconds: 0}
            register: r
          - debug: {msg: "{{ r.stdout }}"}
        """, hosts=["a", "b", "c"])  # fmt: skip
    assert list(played.results("pause")) == ["a"]
    assert [played.said(host)[0][:10] for host in "abc"] == ["Paused for"] * 3
