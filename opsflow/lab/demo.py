"""The packages that are installed on every lab host, at version 1.0, so that 1.1 is a real upgrade."""

from __future__ import annotations

from .deb import Package

FIRST_VERSION = "1.0"
NAMES = ("opsflow-demo-app", "opsflow-demo-conf", "opsflow-demo-lib")

SERVICE = """[Unit]
Description=OpsFlow demo application: serves its version on port 8080
After=network.target

[Service]
DynamicUser=yes
ExecStart=/usr/bin/python3 -m http.server 8080 --directory /usr/share/opsflow-demo-app

[Install]
WantedBy=multi-user.target
"""

# What debhelper writes into a package with a service: enabled at first, restarted when upgraded.
START_SERVICE = """if [ "$1" = configure ]; then
    deb-systemd-helper enable opsflow-demo-app.service >/dev/null
    if [ -d /run/systemd/system ]; then
        systemctl daemon-reload
        deb-systemd-invoke restart opsflow-demo-app.service
    fi
fi
"""


def package(name: str, version: str, depends: str = "") -> Package:
    """Return a demo package; a name that is none of `NAMES` gives a package with one file."""
    files = {f"/usr/share/{name}/version": f"{version}\n"}
    if name == "opsflow-demo-app":
        files["/usr/lib/systemd/system/opsflow-demo-app.service"] = SERVICE
        scripts = {"postinst": START_SERVICE}
        return Package(name, version, depends or "opsflow-demo-lib", files, scripts=scripts)
    if name == "opsflow-demo-conf":
        return Package(name, version, depends, files, conffiles={f"/etc/{name}.conf": "greeting = hello\n"})
    return Package(name, version, depends, files)
