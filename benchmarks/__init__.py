"""OpsFlow beside ansible-core and bare asyncssh, on the same lab hosts: `python -m benchmarks`.

site.yml   the playbook that OpsFlow and ansible-core both run
floor      what asyncssh alone costs
contenders the commands that are compared
measure    one command: time, CPU and memory of it and of all its children
report     the table
"""
