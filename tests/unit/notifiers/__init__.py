"""Unit tests of the notifiers."""
