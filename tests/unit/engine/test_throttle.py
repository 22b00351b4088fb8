"""A throttle that can't be rendered for a host fails that host only."""

from tests.support.plays import Player


async def test_a_throttle_that_makes_no_sense_fails_its_host_alone(play: Player) -> None:
    played = await play("""
        - hosts: all
          gather_facts: false
          vars: {limits: {a: 1, b: many, c: 2}}
          tasks:
          - {name: throttled, command: "true", throttle: "{{ limits[inventory_hostname] }}"}
          - {name: nobody, command: "true", throttle: "{{ nothing }}", ignore_errors: true}
        """)
    results = played.results("throttled")
    assert {host: result.failed for host, result in results.items()} == {"a": False, "b": True, "c": False}
    assert "'throttle': must be a whole number" in results["b"].message
    assert played.summary.exit_code == 2
    assert set(played.results("nobody")) == {"a", "c"}
