"""listen_ports_facts tells who listens where."""

from __future__ import annotations

import socket

from tests.support.local import Run


async def test_a_socket_of_ours_is_found(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(type=socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        facts = (await run("listen_ports_facts"))["ansible_facts"]
        for name, one in (("tcp", server), ("udp", udp)):
            (found,) = [row for row in facts[f"{name}_listen"] if row["port"] == one.getsockname()[1]]
            assert set(found) == {"address", "name", "pid", "port", "protocol", "stime", "user"}
            assert (found["address"], found["protocol"]) == ("127.0.0.1", name)
            assert found["name"]


async def test_connections_are_told_when_asked_for(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            facts = (await run("listen_ports_facts", include_non_listening=True))["ansible_facts"]
    rows = [row for row in facts["tcp_listen"] if row["foreign_port"] == port]
    assert [(row["state"], row["foreign_address"]) for row in rows] == [("ESTABLISHED", "127.0.0.1")]
