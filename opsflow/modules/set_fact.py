"""set_fact: give a host variables while the run goes on."""

from __future__ import annotations

from typing import Self

from pydantic import ConfigDict, model_validator

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Bool


@modules.register("set_fact")
class SetFact(Module):
    """Set variables of the host for the rest of the run; `cacheable` ones are kept as facts as well."""

    class Args(ModuleArgs):
        model_config = ConfigDict(extra="allow")

        cacheable: Bool = False

        @model_validator(mode="after")
        def _names(self) -> Self:
            if not self.model_extra:
                raise ValueError("give at least one variable to set")
            for name in self.model_extra:
                if not name.isidentifier() or not name.isascii():
                    raise ValueError(
                        f"'{name}' can't be a variable's name: use letters, digits and underscores, "
                        "and no digit first"
                    )
            return self

    remote = False

    async def run(self, task: TaskContext, args: Args) -> Result:
        facts = dict(args.model_extra or {})
        return {"changed": False, "ansible_facts": facts, "_ansible_facts_cacheable": args.cacheable}
