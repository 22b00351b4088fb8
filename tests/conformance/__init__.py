"""Plays the same small playbooks with ansible-core and with OpsFlow and compares what they tell.

`cases/` holds a playbook for each rule of the language: a file, or a directory with a `play.yml` and what
it needs. Beside it stands what ansible-core told, recorded by `python -m tests.conformance.refresh`.
"""
