"""service_facts: all services of a host."""

from __future__ import annotations

from .base.module import Module, modules


@modules.register("service_facts")
class ServiceFacts(Module):
    """Collect the state of all services as the fact `services`, by name."""

    target = "service_facts.run"
