"""The release whose modules' names and calls these are."""

from __future__ import annotations

__version__ = "2.19.0"
__author__ = "The OpsFlow authors"
__codename__ = "OpsFlow"
