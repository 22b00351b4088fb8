"""ini_file: an option or a section of an INI file."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, model_validator

from .base.files import FileArgs
from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Path, StrList, Text, arg, to_items


class Condition(ModuleArgs):
    """An option that the section has, with one of these values if any are given."""

    option: Text
    """The option."""
    value: Text | None = None
    """Its value."""
    values: StrList | None = None
    """Its values."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.value is not None and self.values is not None:
            raise ValueError("give value or values, not both")
        return self


Conditions = Annotated[list[Condition], BeforeValidator(to_items)]


@modules.register("ini_file")
class IniFile(Module):
    """Make sure that an option of an INI file has its value or values, or that it or a section is gone.

    Returns:
        dest, path: the file.
        owner, group, mode, uid, gid, size, state: what it is like now.
        msg: what was done.
        backup_file: the copy of the old file, with `backup`.

    Examples:
        - name: Set an option
          ini_file:
            path: /etc/mysql/conf.d/app.cnf
            section: mysqld
            option: max_connections
            value: "200"
            mode: "0644"

        - name: Remove a section
          ini_file:
            path: /etc/app.ini
            section: debug
            state: absent
    """

    class Args(FileArgs):
        path: Path = arg(..., "dest")
        """The file."""
        section: Text | None = None
        """The section; without it, what is before all sections."""
        section_has_values: Conditions | None = None
        """Options that tell which of several sections of that name is meant."""
        option: Text | None = None
        """The option; without it, the section as a whole."""
        value: Text | None = None
        """Its value."""
        values: StrList | None = None
        """Its values, one line each."""
        state: Literal["absent", "present"] = "present"
        """Whether it is to be there."""
        exclusive: Bool = True
        """Remove other values of the option."""
        allow_no_value: Bool = False
        """The option may stand without a value."""
        modify_inactive_option: Bool = True
        """Use a line that is a comment for the option."""
        no_extra_spaces: Bool = False
        """Put no spaces around `=`."""
        ignore_spaces: Bool = False
        """Leave a line that differs in spaces only."""
        create: Bool = True
        """Make the file if it is not there."""
        follow: Bool = False
        """Follow a link in the file's place."""
        backup: Bool = False
        """Keep a copy of the old file."""

        @model_validator(mode="after")
        def _fits(self) -> Self:
            if self.value is not None and self.values is not None:
                raise ValueError("give value or values, not both")
            valued = self.value is not None or bool(self.values)
            if self.state == "present" and not valued and not self.allow_no_value:
                raise ValueError("state present needs value or values, or allow_no_value")
            if self.state == "absent" and not (self.section or self.option):
                raise ValueError("state absent needs section or option")
            return self

        def sent(self) -> dict[str, Any]:
            """Return the options with each `value` as one of `values`."""
            sent = super().sent()
            for given in (sent, *sent.get("section_has_values", [])):
                one = given.pop("value", None)
                given["values"] = given.get("values", []) if one is None else [one]
            return sent

    target = "ini_file.run"
