"""What every module is made of: its base class, typed arguments, and what a task gives it."""
