"""Filters, tests and lookups that a project ships itself, in the form of Ansible's plugins.

plugins   finds them beside playbooks, in roles and where the configuration says, and loads them
names     what plugins import of `ansible`: errors, the base of lookups, the display, module_utils
"""

from .plugins import OwnPlugins

__all__ = ["OwnPlugins"]
