"""When what happened in a run, from its events."""

from benchmarks.timeline import read


def test_results_are_told_in_seconds_from_the_start_of_the_process():
    lines = [
        '{"event": "run_started", "time": "1970-01-01T00:01:40.500Z"}',
        '{"event": "host_finished", "time": "1970-01-01T00:01:41.000Z", "host": "a"}',
        '{"event": "host_finished", "time": "1970-01-01T00:01:42.000Z", "host": "a"}',
        '{"event": "host_finished", "time": "1970-01-01T00:01:50.000Z", "host": "mute"}',
        '{"event": "run_finished", "time": "1970-01-01T00:01:51.000Z", "details": {"round_trips": {"a": 2}}}',
    ]
    found = read(lines, begun=100.0, end=12.0)
    assert found.round_trips == {"a": 2}
    assert (found.first(), found.last(), found.last(without="mute"), found.end) == (1.0, 10.0, 2.0, 12.0)
