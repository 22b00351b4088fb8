"""`ansible.module_utils` for the modules that a project ships itself: what those import, by their own files.

Modules are written against names that Ansible gave them. Here is our own code behind these names: same
calls, same results. The tree has the shape of `ansible.module_utils`, and what of it a module needs is sent
with the module. On the host it is `ansible.module_utils` in a process of the module's own, so these files
use each other and the standard library of Python 3.6, and of `opsflow.target` what needs no request.
"""
