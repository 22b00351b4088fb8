"""What can be written in a playbook, an inventory and a configuration: for people and for editors.

options    a module's options, out of its pydantic model
modules    a module as a whole, out of its class and docstring
keywords   what the keywords of plays, blocks and tasks are for
words      filters, tests and lookups
render     documentation as text, Markdown and JSON
schema     JSON Schema of playbooks, files of tasks, inventories and the configuration
"""
