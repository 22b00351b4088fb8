"""Unit tests of what people read."""
