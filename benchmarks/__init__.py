"""OpsFlow beside its peers and bare asyncssh, on the same lab hosts: `python -m benchmarks`.

    lab → fleet → contenders → measure → report, goals → page ← plot
           work ↗                 ↑
                          proxy (far hosts)

parts       what is measured, a file a theme; each gets a `bench` and returns a section of the page
mixed       the twenty mixed tasks in the language of each contender
work        what is to be done, said once for each contender
fleet       the hosts, in files for each contender
contenders  the programs that are compared, each as a command line
floor       what asyncssh costs alone, with the same work
sampler     where a run's CPU goes
proxy       hosts that are far away, and a counter of round trips
measure     one command: time, CPU and memory of it and of all its children, bytes and round trips
report      tables      goals  what was wanted      page, plot  docs/benchmarks.md and its picture
"""

from importlib.util import find_spec

if find_spec("psutil") is None:
    raise SystemExit("the benchmarks need packages of their own: 'make bench' installs them")
