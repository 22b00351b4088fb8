"""ping answers, and its crash is told as one."""

import pytest

from opsflow.core.errors import TaskError
from tests.support.local import Run


async def test_answers_what_it_was_given(run: Run) -> None:
    assert await run("ansible.builtin.ping", data="hello") == {"ping": "hello", "changed": False}


async def test_a_crash_over_there_is_a_task_error_with_its_traceback(run: Run) -> None:
    with pytest.raises(TaskError, match="boom") as caught:
        await run("ping", data="crash")
    assert "RuntimeError" in str(caught.value.data["exception"])
