"""Who: the hosts of a run, their groups and their variables.

load        sources (files, directories, host lists) to one Inventory
draft       an inventory that is being read: what the parsers write into
yaml_format, ini_format, toml_format, script   one parser a format; a program is asked for JSON
constructed, generator   hosts, groups and variables computed by templates
names       ranges and ports in host names
model       Host, Group, Inventory
variables   a host's variables, layer by layer
why         who sets a variable, the strongest first
patterns    `web:&prod:!db` to hosts
"""
