"""When: run, play, batch, task and host; strategies, limits, handlers and retries."""
