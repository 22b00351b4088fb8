"""Our modules tell of the same tasks what those of community.docker told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from opsflow.core.errors import TaskError
from tests.support.local import Run

from .daemon import Daemon
from .registry import Registry
from .told import RECORDED, Step, cases, module_of, plain, recording, steps


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.stem)
async def test_we_tell_what_community_docker_tells(
    run: Run, daemon: Daemon, registry: Registry, case: Path
) -> None:
    version = daemon.ask("GET", "/version")["ApiVersion"]
    if version != RECORDED:
        pytest.skip(f"the answers are those of a daemon with API {RECORDED}, and this one has {version}")
    answers = recording(case)
    if answers is None or not answers.exists():
        pytest.skip("needs Docker's command line with a version of its plugin compose that is recorded")
    recorded = json.loads(answers.read_text())
    registry.closed = True
    directory = str(daemon.directory)
    for number, (step, theirs) in enumerate(
        zip(steps(case, registry.name, directory), recorded, strict=True)
    ):
        ours = plain(await told(run, step), directory)
        if step.get("ignore_errors"):  # what failed need not tell all that succeeds
            theirs = {key: value for key, value in theirs.items() if key in ours}
        assert ours == theirs, f"task {number}: {step}"


async def told(run: Run, step: Step) -> dict[str, Any]:
    """Return what our module tells of a task."""
    name = module_of(step)
    try:
        return await run(
            name, check=step.get("check_mode", False), diff=step.get("diff", False), **step[name]
        )
    except (TaskError, ValidationError) as error:
        if not step.get("ignore_errors"):
            raise
        return {"changed": False, **(error.data if isinstance(error, TaskError) else {})}
