"""Which notifier gets what: routes, their conditions and their words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from opsflow.core.errors import InputError, Problem, did_you_mean
from opsflow.core.jsonable import jsonable
from opsflow.core.origin import Origin
from opsflow.source.validate import Written, validate
from opsflow.source.values import Map, Str, Template
from opsflow.templating.render import Renderer
from opsflow.templating.scope import Scope

from .base import as_list
from .happenings import EVENTS, Happening
from .message import SEVERITIES, Severity

Names = Annotated[list[str], BeforeValidator(as_list)]

WORDS = frozenset({
    "event", "severity", "title", "text", "hosts", "groups", "environments", "happened", "run", "playbooks",
    "check", "report",
})  # fmt: skip
"""The variables of a route's templates."""


class RouteConfig(BaseModel):
    """A route: what it is for, and who gets that. All of its conditions must hold.

    `events`: which, see EVENTS; `severity`: at least that; `environments`, `groups`: one of the hosts that
    it is about must be in one of these. `to`: names of notifiers. `subject`, `body`: templates for the
    message. `collect`: seconds for which more of the kind is waited for, to become one message. `at_most`:
    how many messages in `per` seconds; what is more becomes one. `name` is for people.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str | None = None
    events: Names = Field(default=["finished"], min_length=1)
    severity: Severity = "info"
    environments: Names = Field(default_factory=list[str])
    groups: Names = Field(default_factory=list[str])
    to: Names = Field(min_length=1)
    subject: Written | None = None
    body: Written | None = None
    collect: float = Field(30, ge=0, le=3600)
    at_most: int | None = Field(None, ge=1)
    per: float = Field(3600, gt=0)

    @field_validator("events")
    @classmethod
    def _known(cls, events: list[str]) -> list[str]:
        for event in events:
            if event not in EVENTS:
                hint = did_you_mean(event, EVENTS) or f"there are {', '.join(EVENTS)}"
                raise ValueError(f"there is no event '{event}': {hint}")
        return events


EVERYTHING = RouteConfig.model_validate({"to": ["*"], "collect": 0})
"""What holds for a notifier that no route names: it gets the report at the end of a run."""


@dataclass(frozen=True, slots=True)
class Route:
    """A route with its name, which is that of no other of a run."""

    name: str
    config: RouteConfig

    def wants(self, happening: Happening, groups: AbstractSet[str], environments: AbstractSet[str]) -> bool:
        """Tell whether something goes this way.

        Args:
            happening: what there is to tell.
            groups: those of the hosts that it is about.
            environments: those of these hosts.
        """
        config = self.config
        return (
            happening.event in config.events
            and SEVERITIES.index(happening.severity) >= SEVERITIES.index(config.severity)
            and (not config.groups or not groups.isdisjoint(config.groups))
            and (not config.environments or not environments.isdisjoint(config.environments))
        )


def read_routes(
    configs: Iterable[object], origin: Origin, names: Iterable[str], renderer: Renderer
) -> list[Route]:
    """Return the routes of a `routes:` list.

    Args:
        configs: the items of the list, with positions.
        origin: the place of the list.
        names: those of the notifiers that there are.
        renderer: reads the templates.

    Raises:
        InputError: with all problems: options, events, notifiers that are not there, templates.
    """
    found: list[Route] = []
    problems: list[Problem] = []
    known = list(names)
    for number, written in enumerate(configs, 1):
        try:
            config = validate(RouteConfig, written, origin)
        except InputError as error:
            problems += error.problems
            continue
        assert isinstance(written, Map)
        problems += [*_unknown(config, written, known), *_bad_templates(config, renderer)]
        name = str.__str__(config.name or f"route {number}")
        if any(route.name == name for route in found):
            problems.append(Problem(f"two routes are called '{name}'", written.origin_of("name")))
        found.append(Route(name, config))
    if problems:
        raise InputError(problems)
    return found


def _unknown(config: RouteConfig, written: Map, known: list[str]) -> Iterable[Problem]:
    for name in config.to:
        if name not in known:
            place = next(
                (one.origin for one in _listed(written["to"]) if one == name), written.origin_of("to")
            )
            hint = did_you_mean(name, known) or f"there are {', '.join(known) or 'none'}"
            yield Problem(f"there is no notifier called '{name}'", place, hint)


def _listed(value: Any) -> list[Str]:
    return [one for one in as_list(value) if isinstance(one, Str)]


def _bad_templates(config: RouteConfig, renderer: Renderer) -> Iterable[Problem]:
    for template in (config.subject, config.body):
        if not isinstance(template, Template):
            continue
        try:
            names = renderer.check(template)
        except InputError as error:
            yield from error.problems
            continue
        for name in sorted(names.needed - names.guarded - WORDS - renderer.environment.globals.keys()):
            hint = did_you_mean(name, WORDS) or f"there are {', '.join(sorted(WORDS))}"
            yield Problem(f"the template uses '{name}', which no message has", template.origin, hint)


def rendered_words(template: str | None, renderer: Renderer, words: Mapping[str, Any]) -> str | None:
    """Return a route's subject or body, None where it has none.

    The words are plain data, whatever they hold: what a host said is never a template. Raises TaskError or
    InputError.
    """
    if not isinstance(template, Template):
        return None if template is None else str.__str__(template)
    value = renderer.render(template, Scope(renderer, [jsonable(words)]))
    return value if isinstance(value, str) else str(value)
