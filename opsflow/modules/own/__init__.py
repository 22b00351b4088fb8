"""Modules that a project ships itself, by Ansible's module protocol.

places     where they are: `library/` beside playbooks and in roles, and the directories that are named
program    what a file is: its style, the interpreter of its first line, what goes to the host with it
imports    what a module in Python needs of `ansible.module_utils`, the project's and ours
known      the modules that a task may name: a project's before our own
module     the class that is made for a file
"""
