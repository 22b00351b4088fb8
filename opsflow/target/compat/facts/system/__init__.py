"""Facts of the system."""
