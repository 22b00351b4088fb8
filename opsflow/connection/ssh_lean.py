"""What asyncssh does for each packet and nobody needs: a third of a small packet's cost.

Before each packet it sends an empty one, which keeps ciphers in CBC mode from being attacked by chosen plain
text (RFC 4251, section 9.3.1); for all other ciphers that is no more than a second packet. And it puts
together the line of a log of packets that we never switch on.
"""

from __future__ import annotations

import asyncssh
from asyncssh.packet import SSHPacketLogger

_IGNORE = 2  # SSH_MSG_IGNORE, RFC 4253, section 11.2


def make_lean(connection: asyncssh.SSHClientConnection) -> None:
    """Have a connection send no empty packets, unless its cipher needs them."""
    send = connection.send_packet

    def send_packet(pkttype: int, *args: bytes, handler: SSHPacketLogger | None = None) -> None:
        if pkttype != _IGNORE or connection.get_extra_info("send_cipher", "").endswith("-cbc"):
            send(pkttype, *args, handler=handler)

    connection.send_packet = send_packet


def _log_nothing(*args: object) -> None:
    """Stand for the log of packets."""


SSHPacketLogger._log_packet = _log_nothing  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue]
