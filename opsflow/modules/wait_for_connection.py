"""wait_for_connection: until a host can be used."""

from __future__ import annotations

import asyncio

from opsflow.core.errors import HostError, Unreachable

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Float


@modules.register("wait_for_connection")
class WaitForConnection(Module):
    """Connect anew until the host answers.

    `connect_timeout` is accepted for compatibility: the connection's own time-out holds.

    Returns:
        elapsed: how many seconds it took.

    Examples:
        - name: Wait until a new machine can be worked on
          wait_for_connection:
            delay: 10
            timeout: 300
    """

    class Args(ModuleArgs):
        connect_timeout: Float = 5.0
        """Seconds for one try."""
        delay: Float = 0.0
        """Seconds before the first try."""
        sleep: Float = 1.0
        """Seconds between tries."""
        timeout: Float = 600.0
        """Seconds to wait at most."""

    check_mode = False

    async def run(self, task: TaskContext, args: Args) -> Result:
        clock = asyncio.get_running_loop()
        start = clock.time()
        if args.delay:
            await asyncio.sleep(args.delay)
        deadline = clock.time() + args.timeout
        task.progress("waiting for a connection")
        while True:
            left = deadline - clock.time()
            try:
                await task.reconnect(max(left, 0.0))
                await task.call("ping.run", check=False)
            except HostError as error:
                if clock.time() + args.sleep >= deadline:
                    raise Unreachable(
                        f"{task.host} could not be used within {args.timeout:g} seconds: {error.message}",
                        kind="timeout",
                        hint=error.hint,
                    ) from error
                await asyncio.sleep(args.sleep)
            else:
                return {"changed": False, "elapsed": round(clock.time() - start, 3)}
