"""What can be wrong with a module's arguments."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class AnsibleFallbackNotFound(Exception):
    """A fallback has no value for an argument."""


class AnsibleValidationError(Exception):
    """One thing that is wrong."""

    def __init__(self, message: str) -> None:
        Exception.__init__(self, message)
        self.error_message = message

    @property
    def msg(self) -> str:
        """What it is, in a sentence."""
        return str(self.args[0])


class AnsibleValidationErrorMultiple(AnsibleValidationError):
    """All things that are wrong."""

    def __init__(self, errors: Any = None) -> None:
        self.errors: list[AnsibleValidationError] = list(errors or [])

    def __getitem__(self, key: int) -> AnsibleValidationError:
        return self.errors[key]

    def __setitem__(self, key: int, value: AnsibleValidationError) -> None:
        self.errors[key] = value

    def __delitem__(self, key: int) -> None:
        del self.errors[key]

    @property
    def msg(self) -> str:
        """The first of them."""
        return self.errors[0].msg

    @property
    def messages(self) -> list[str]:
        """All of them as sentences."""
        return [error.msg for error in self.errors]

    def append(self, error: AnsibleValidationError) -> None:
        """Add one."""
        self.errors.append(error)

    def extend(self, errors: Any) -> None:
        """Add those of another."""
        self.errors.extend(errors)


class AliasError(AnsibleValidationError):
    """The specification of aliases makes no sense."""


class ArgumentTypeError(AnsibleValidationError):
    """A value can't be converted to its type."""


class ArgumentValueError(AnsibleValidationError):
    """A value is none of its choices."""


class DeprecationError(AnsibleValidationError):
    """A deprecation is specified wrongly."""


class ElementError(AnsibleValidationError):
    """An element of a list can't be converted."""


class MutuallyExclusiveError(AnsibleValidationError):
    """Arguments exclude each other."""


class NoLogError(AnsibleValidationError):
    """A secret value can't be handled."""


class RequiredByError(AnsibleValidationError):
    """An argument that another needs is missing."""


class RequiredDefaultError(AnsibleValidationError):
    """An argument is required and has a default."""


class RequiredError(AnsibleValidationError):
    """A required argument is missing."""


class RequiredIfError(AnsibleValidationError):
    """An argument that a value of another needs is missing."""


class RequiredOneOfError(AnsibleValidationError):
    """One of several arguments is needed."""


class RequiredTogetherError(AnsibleValidationError):
    """Arguments belong together."""


class SubParameterTypeError(AnsibleValidationError):
    """Options below an option are no mapping."""


class UnsupportedError(AnsibleValidationError):
    """There is no such argument."""
