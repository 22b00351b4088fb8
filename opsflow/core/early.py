"""What begins before its turn, as if what is before it had ended well, and what it may not know yet."""

from __future__ import annotations

from contextvars import ContextVar

EARLY: ContextVar[bool] = ContextVar("early", default=False)
"""Whether what runs now has begun before its turn."""


class NotYet(BaseException):
    """It needs what is not known yet, or has not been done: it begins anew when its turn comes.

    This is no error, and nothing that handles errors must handle it. `name` is the variable that is missing.
    """

    def __init__(self, name: str = "") -> None:
        super().__init__(name)
        self.name = name
