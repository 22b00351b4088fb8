"""cron: jobs at their times."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Path, Text, arg

_TIMES = ("minute", "hour", "day", "month", "weekday")


@modules.register("cron")
class Cron(Module):
    """Add, change and remove jobs of cron, known by name; with `env` its variables.

    Returns:
        jobs, envs: the names of all that the table holds.

    Examples:
        - name: Back up each night
          cron:
            name: backup
            user: backup
            hour: "2"
            minute: "30"
            job: /usr/local/bin/backup

        - name: Run a job when the host starts
          cron:
            name: warm up
            special_time: reboot
            job: /usr/local/bin/warm-up
    """

    class Args(ModuleArgs):
        name: Text
        job: Text | None = arg(None, "value")
        state: Literal["present", "absent"] = "present"
        user: Text | None = None
        cron_file: Path | None = None
        minute: Text = "*"
        hour: Text = "*"
        day: Text = arg("*", "dom")
        month: Text = "*"
        weekday: Text = arg("*", "dow")
        special_time: (
            Literal["annually", "daily", "hourly", "monthly", "reboot", "weekly", "yearly"] | None
        ) = None
        disabled: Bool = False
        env: Bool = False
        insertafter: Text | None = None
        insertbefore: Text | None = None
        backup: Bool = False

        @model_validator(mode="after")
        def _sensible(self) -> Self:
            if self.state == "present" and self.job is None:
                raise ValueError("job is needed")
            if self.special_time and any(getattr(self, field) != "*" for field in _TIMES):
                raise ValueError("special_time can't be given together with times")
            if self.cron_file and self.state == "present" and not (self.user or self.env):
                raise ValueError("cron_file needs user: whom to run the job as")
            if self.insertafter and self.insertbefore:
                raise ValueError("give insertafter or insertbefore, not both")
            if "\n" in self.name or "\n" in (self.job or "").strip("\r\n"):
                raise ValueError("name and job are one line each")
            return self

    target = "cron.run"
