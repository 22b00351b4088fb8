"""Facts of the host: helpers, and the facts themselves by `compat`."""

from __future__ import annotations

from opsflow.target.compat.facts.compat import ansible_facts, get_all_facts

__all__ = ["ansible_facts", "get_all_facts"]
