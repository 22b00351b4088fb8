"""The status descriptor of apt becomes progress, and names broken packages."""

from __future__ import annotations

import os
from typing import Any

from opsflow.target.apt_status import Listener, parse

from .recorded import FakeRequest, recorded


def listened(text: str) -> tuple[FakeRequest, Listener]:
    request: Any = FakeRequest()
    with Listener(request) as listener:
        os.write(listener.write_end, text.encode())
    return request, listener


def test_progress_says_what_is_done_and_how_far_it_is() -> None:
    request, _ = listened(recorded("status-fd.txt"))
    told = [(event["message"], event["percent"]) for event in request.events]
    assert ("Downloading 2 of 2", 100.0) in told
    assert ("Unpacking opsflow-demo-conf", 33.3) in told
    assert ("Installed opsflow-demo-conf", 66.7) in told
    assert len(told) == len(set(told))


def test_a_broken_package_is_named() -> None:
    _, listener = listened(recorded("status-fd.txt"))
    reason = (
        "installed opsflow-demo-bad package post-installation script subprocess returned error exit status 1"
    )
    assert listener.errors == [("opsflow-demo-bad", reason)]


def test_a_line_cut_in_two_is_read_once() -> None:
    request: Any = FakeRequest()
    with Listener(request) as listener:
        os.write(listener.write_end, b"pmstatus:a:10.0:Unpack")
        os.write(listener.write_end, b"ing a (amd64)\n")
    assert [event["message"] for event in request.events] == ["Unpacking a"]


def test_other_lines_mean_nothing() -> None:
    assert parse("media-change: disc:/cdrom") is None
    assert parse("") is None
