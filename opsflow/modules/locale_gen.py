"""locale_gen: locales that a host has."""

from __future__ import annotations

from typing import Literal

from .base.module import Module, ModuleArgs, modules
from .base.types import StrList


@modules.register("locale_gen")
class LocaleGen(Module):
    """Generate locales, such as de_CH.UTF-8, or take them away.

    Returns:
        mechanism: how the locales are generated.
        name: the locales.

    Examples:
        - name: Have a locale
          locale_gen:
            name: de_CH.UTF-8
    """

    class Args(ModuleArgs):
        name: StrList
        """The locales, such as de_DE.UTF-8."""
        state: Literal["present", "absent"] = "present"
        """Whether they are to be there."""

    target = "locale_gen.run"
