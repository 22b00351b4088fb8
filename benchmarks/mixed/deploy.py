"""The twenty tasks of site.yml for pyinfra, as one writes them there."""

# pyright: basic
from io import StringIO

from pyinfra import config, host
from pyinfra.facts.files import File
from pyinfra.facts.server import Command, LinuxDistribution
from pyinfra.operations import apt, files, server, systemd

config.SUDO = True
DIRECTORY = "/etc/opsflow-bench"
STAMP = str(host.data.stamp)

assert host.get_fact(LinuxDistribution)["name"] == "Debian"
kernel_series = ".".join(host.get_fact(Command, "uname -r").split(".")[:2])

apt.packages(packages=["ca-certificates", "openssh-server", "sudo"])
files.directory(path=DIRECTORY, mode="755")
settings = files.template(
    src="templates/application.conf.j2",
    dest=f"{DIRECTORY}/application.conf",
    mode="644",
    application="opsflow-bench",
    inventory_hostname=host.name,
    stamp=STAMP,
    kernel_series=kernel_series,
    limits={"open_files": 4096, "processes": 512},
)
files.put(src="files/banner.txt", dest=f"{DIRECTORY}/banner.txt", mode="644")
files.put(src=StringIO(f"{STAMP}\n"), dest=f"{DIRECTORY}/release", mode="644")
files.line(path=f"{DIRECTORY}/limits", line="^open_files=.*", replace=f"open_files=4096 # {STAMP}")
assert host.get_fact(File, path=f"{DIRECTORY}/application.conf") is not False
files.link(path=f"{DIRECTORY}/current.conf", target=f"{DIRECTORY}/application.conf")
files.file(path=f"{DIRECTORY}/old.conf", present=False)
systemd.service(service="ssh.service", running=True, enabled=True)
server.shell(commands=[f"grep -q {STAMP} {DIRECTORY}/application.conf"])
server.shell(commands=["getent passwd | wc -l"])
server.shell(commands=["true"])
server.shell(name="Note the change", commands=["true"], _if=settings.did_change)
