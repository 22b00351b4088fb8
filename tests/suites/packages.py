"""A web server and a database in small, packaged as Debian packages real ones."""

from __future__ import annotations

import tempfile
from pathlib import Path

from opsflow.lab.deb import Package, build
from opsflow.lab.repo import Repository

HERE = Path(__file__).parent / "programs"

_UNIT = """[Unit]
Description={name}: a part of OpsFlow's tests

[Service]
User={user}
ExecStart={command}
ExecReload=/bin/kill -HUP $MAINPID

[Install]
WantedBy=multi-user.target
"""

_START = """if [ "$1" = configure ]; then
    deb-systemd-helper enable {name}.service >/dev/null
    systemctl daemon-reload
    deb-systemd-invoke start {name}.service
fi
"""

_USER = """if ! getent passwd minidb >/dev/null; then
    useradd --system --home-dir /var/lib/minidb --shell /usr/sbin/nologin minidb
    install -d -o minidb -g minidb -m 0700 /var/lib/minidb
fi
"""

MINIWEB = Package(
    "miniweb",
    "2.4",
    files={
        "/usr/lib/miniweb/miniweb": (HERE / "miniweb.py").read_text(),
        "/usr/lib/systemd/system/miniweb.service": _UNIT.format(
            name="miniweb", user="www-data", command="/usr/bin/python3 /usr/lib/miniweb/miniweb"
        ),
        "/var/www/html/index.html": "It works\n",
    },
    conffiles={
        "/etc/miniweb/miniweb.conf": "workers 1\ninclude /etc/miniweb/sites-enabled/*\n",
        "/etc/miniweb/sites-available/default": "listen 8000\nroot /var/www/html\n",
        "/etc/miniweb/sites-enabled/default": "listen 8000\nroot /var/www/html\n",
    },
    scripts={"postinst": _START.format(name="miniweb")},
)

MINIDB = Package(
    "minidb",
    "15.1",
    files={
        "/usr/lib/minidb/minidb": (HERE / "minidb.py").read_text(),
        "/usr/lib/systemd/system/minidb.service": _UNIT.format(
            name="minidb", user="minidb", command="/usr/bin/python3 /usr/lib/minidb/minidb serve"
        ),
    },
    conffiles={
        "/etc/minidb/minidb.conf": "# minidb\n#max_connections = 10\nlisten = 127.0.0.1\nport = 5431\n",
        "/etc/minidb/access.conf": "local all minidb peer\n",
    },
    scripts={"postinst": _USER + _START.format(name="minidb")},
)


def publish(repository: Repository, *packages: Package) -> None:
    """Show packages to the hosts of a lab."""
    with tempfile.TemporaryDirectory() as directory:
        for package in packages:
            repository.publish_file(build(package, Path(directory)))
