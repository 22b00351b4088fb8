"""Facts of the host: helpers, and the facts themselves by `compat`."""
