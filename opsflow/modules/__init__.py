"""What a task may do: one file a module, its typed arguments and its half on the control node."""
