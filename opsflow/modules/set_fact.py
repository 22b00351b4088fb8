"""set_fact: give a host variables while the run goes on."""

from __future__ import annotations

from typing import Self

from pydantic import ConfigDict, model_validator

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Bool, to_identifier


@modules.register("set_fact")
class SetFact(Module):
    """Set variables of the host for the rest of the run; `cacheable` ones are kept as facts as well.

    Returns:
        ansible_facts: the variables.

    Examples:
        - name: Remember what was found out
          set_fact:
            app_version: "{{ version.stdout | regex_search('[0-9.]+') }}"
            app_installed: true
    """

    class Args(ModuleArgs):
        model_config = ConfigDict(extra="allow")

        cacheable: Bool = False
        """Keep them as facts of the host as well."""

        @model_validator(mode="after")
        def _names(self) -> Self:
            if not self.model_extra:
                raise ValueError("give at least one variable to set")
            for name in self.model_extra:
                try:
                    to_identifier(name)
                except ValueError as error:
                    raise ValueError(f"'{name}' {error}") from None
            return self

    remote = False
    reckons = True

    async def run(self, task: TaskContext, args: Args) -> Result:
        facts = dict(args.model_extra or {})
        return {"changed": False, "ansible_facts": facts, "_ansible_facts_cacheable": args.cacheable}
