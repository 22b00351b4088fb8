"""What is wrong, or could be better, in playbooks, roles and inventories; no host is touched.

model                  severities, rules, findings
targets                which playbooks, roles and inventories the named paths mean
refused                what `opsflow play` refuses: its own checks
expand                 included files and roles, as far as their names are known
tasks, commands, secrets, handlers, files, variables, hosts   what play does not stop on
noqa                   which findings are told: each once, none where the line ends with `# noqa`
check                  all of it together
formats                findings as text, JSON and GitHub annotations
"""
