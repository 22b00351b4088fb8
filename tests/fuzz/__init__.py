"""Feeds the loader with damaged files: `python -m tests.fuzz --minutes 10`.

corpus   files that are right: playbooks, inventories, encrypted files, settings
mutate   the same, damaged: bytes, YAML, templates
check    reads one in the way that `opsflow play` would, and judges what comes of it

Whatever a file holds, reading it ends within seconds: with what it means, or with an error of OpsFlow's own
that says where. Nothing is played, no host is connected to and no program is started.
"""
