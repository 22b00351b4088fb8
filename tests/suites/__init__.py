"""Whole sites in the style of public roles: applied to real hosts, they leave what ansible-core leaves.

sites/      a directory a site: its playbook, roles, inventories
suite       which sites there are, and with which options they are played
packages    the packages that they install, from the lab's own repository; programs/ is in them
players     ansible-core and OpsFlow
state       what a host is made of: files, packages, users, units
recorded/   what ansible-core told and left; `python -m tests.suites.refresh` records it again
"""
