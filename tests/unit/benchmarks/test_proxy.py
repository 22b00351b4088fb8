"""The proxy of the benchmarks that makes hosts far away."""

import socket
import threading
import time

from benchmarks.proxy import Delay, Piece, proxy


def test_pieces_come_out_in_order_when_their_time_has_come():
    delay = Delay(0.5)
    a, b = Piece(b"a", 1), Piece(b"b", 1)
    delay.put(1.0, a)
    delay.put(1.25, b)
    assert (delay.next, delay.due(1.4)) == (1.5, [])
    assert delay.due(1.5) == [a]
    assert delay.due(9.0) == [b]
    assert (delay.next, delay.due(9.0)) == (None, [])


def _echo(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        while piece := connection.recv(100):
            connection.sendall(piece)


def test_each_answer_takes_a_round_trip_and_is_counted():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=_echo, args=[listener])
        server.start()
        with (
            proxy({"h": listener.getsockname()}, 0.02) as way,
            socket.create_connection(way.places["h"]) as near,
        ):
            begun = time.monotonic()
            for said in (b"one", b"two"):
                near.sendall(said)
                assert near.recv(100) == said
            took = time.monotonic() - begun
            near.shutdown(socket.SHUT_WR)
            assert near.recv(100) == b""
            # One to connect, one for each answer.
            assert took >= 0.06
            assert way.counts() == (12, 2)
            assert way.passed.connections == 1
        server.join()


def _say_three_times(listener: socket.socket, heard: list[bytes]) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(100)
        for said in (b"one", b"two", b"three"):
            connection.sendall(said)
            time.sleep(0.005)
        while piece := connection.recv(100):
            heard.append(piece)


def test_what_is_said_while_answers_stream_in_is_one_round_trip():
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=_say_three_times, args=[listener, heard])
        server.start()
        with (
            proxy({"h": listener.getsockname()}, 0.2) as way,
            socket.create_connection(way.places["h"]) as near,
        ):
            near.sendall(b"begin")
            for said in (b"one", b"two", b"three"):
                assert near.recv(len(said)) == said
                near.sendall(b"more")
            # The first words, and all those that were said before any of them was answered.
            assert way.counts()[1] == 2
        server.join()
