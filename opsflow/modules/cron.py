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
        """What the job is known by, written before it as a comment; with `env` the variable."""
        job: Text | None = arg(None, "value")
        """The command, or with `env` the value of the variable."""
        state: Literal["present", "absent"] = "present"
        """Whether it is to be there."""
        user: Text | None = None
        """Whose jobs."""
        cron_file: Path | None = None
        """A file in /etc/cron.d instead, or any by its path."""
        minute: Text = "*"
        """When: 0 to 59, `*/5`, and so on."""
        hour: Text = "*"
        """When: 0 to 23."""
        day: Text = arg("*", "dom")
        """When: the day of the month."""
        month: Text = "*"
        """When: 1 to 12."""
        weekday: Text = arg("*", "dow")
        """When: 0 to 6, 0 is Sunday."""
        special_time: (
            Literal["annually", "daily", "hourly", "monthly", "reboot", "weekly", "yearly"] | None
        ) = None
        """When: reboot, hourly, daily, weekly, monthly, annually."""
        disabled: Bool = False
        """Keep it as a comment that does not run."""
        env: Bool = False
        """It is a variable of the environment."""
        insertafter: Text | None = None
        """The variable behind which a new one goes."""
        insertbefore: Text | None = None
        """The variable before which a new one goes."""
        backup: Bool = False
        """Keep a copy of the old table."""

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
