"""service_facts: all services of a host."""

from __future__ import annotations

from .base.module import Module, modules


@modules.register("service_facts")
class ServiceFacts(Module):
    """Collect the state of all services as the fact `services`, by name.

    Returns:
        ansible_facts: `services`, a mapping of names to state, status and source.

    Examples:
        - name: Know the services
          service_facts:

        - name: Stop cups where there is one
          service:
            name: cups
            state: stopped
          when: "'cups.service' in ansible_facts.services"
    """

    target = "service_facts.run"
    finds_facts = True
