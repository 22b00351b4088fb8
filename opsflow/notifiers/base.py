"""What a notifier is, and what it is given."""

from __future__ import annotations

import asyncio
import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from opsflow.core.errors import OpsFlowError
from opsflow.core.registry import Registry

from .message import Message


class NotifyError(OpsFlowError):
    """A message could not be delivered.

    `again`: it may work in a moment, as when nobody answered. `partly`: some have got it, so that it must not
    be sent again.
    """

    def __init__(
        self, message: str, *, hint: str | None = None, again: bool = False, partly: bool = False
    ) -> None:
        super().__init__(message, hint=hint)
        self.again = again
        self.partly = partly


class NotifierConfig(BaseModel):
    """Options that every notifier has.

    `when`: `always`; `failure`, when a host failed or was unreachable or the run was stopped; `change`, when
    something changed or failed. `name` tells notifiers of one type apart. `retries`: how often a message is
    tried again at the end of a run when nobody took it, `backoff` seconds after the first try and twice as
    long each time.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    type: str
    name: str | None = None
    when: Literal["always", "failure", "change"] = "always"
    retries: int = Field(3, ge=0, le=10)
    backoff: float = Field(1, ge=0, le=60)


def as_list(value: Any) -> Any:
    """Return a list for a single text."""
    return [value] if isinstance(value, str) else value


class AttachingConfig(NotifierConfig):
    """`attach`: what goes along as files: `json`, the report as data; `html`, as a page."""

    attach: Annotated[list[Literal["json", "html"]], BeforeValidator(as_list)] = Field(
        default_factory=list[Literal["json", "html"]]
    )


ConfigT = TypeVar("ConfigT", bound=NotifierConfig)
T = TypeVar("T")


class Notifier(ABC, Generic[ConfigT]):
    """Delivers messages: each as it is, to where its configuration says. It decides nothing else."""

    Config: ClassVar[type[NotifierConfig]]

    def __init__(self, config: ConfigT) -> None:
        """Take a valid configuration; raises ValueError when it refers to something that is not there."""
        self.config = config
        self.secrets = [value.get_secret_value() for value in _secrets_in(config)]
        """What must be shown nowhere."""

    @property
    def address(self) -> str:
        """Where messages go, without any secret: for people to tell notifiers apart."""
        return ""

    @abstractmethod
    async def send(self, message: Message) -> None:
        """Deliver a message. Raises NotifyError, without any secret in it."""

    def secret(self, value: SecretStr | None, variable: str | None) -> str | None:
        """Return a secret from the configuration or, better, from the environment; None when none is given.

        Args:
            value: the secret itself.
            variable: the name of the environment variable that holds it.

        Raises:
            ValueError: the variable is not set.
        """
        if variable is None:
            return value.get_secret_value() if value else None
        if not (found := os.environ.get(variable)):
            raise ValueError(f"the environment variable {variable} is not set")
        self.secrets.append(found)
        return found


def _secrets_in(config: NotifierConfig) -> Iterator[SecretStr]:
    for _, value in config:
        values = cast("dict[Any, Any]", value).values() if isinstance(value, dict) else (value,)
        yield from (one for one in values if isinstance(one, SecretStr))


async def in_thread(function: Callable[[], T]) -> T:
    """Return what a function that blocks returns, or raise what it raises.

    Its thread does not keep the process from ending, as those of `asyncio.to_thread` do.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if done.cancelled():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]

    def work() -> None:
        result, error = None, None
        try:
            result = function()
        except Exception as caught:
            error = caught
        with suppress(RuntimeError):  # nobody waits any more: the loop is closed
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=work, name="opsflow notifier", daemon=True).start()
    return await done


notifiers: Registry[type[Notifier[Any]]] = Registry("notifier")

for _name in ("apprise", "console", "email", "file", "webhook"):
    notifiers.lazy(f"opsflow.notifiers.{_name}", _name)
