"""health_check: is what a host is there for working?"""

from __future__ import annotations

from .base.health import HealthArgs
from .base.module import Module, modules


@modules.register("health_check")
class HealthCheckModule(Module):
    """Check that services work: commands, HTTP, ports, systemd units, files. Nothing is changed.

    All checks are made on the host, at the same time and in one call, and tried again while they are not
    good. The task fails as soon as one has failed for good, and tells how all of them are. In check mode it
    is skipped, as what it looks at may be yet to be installed.

    Returns:
        healthy: whether all checks are good.
        checks: for each its name, `ok`, a `message`, and `elapsed` seconds.

    Examples:
        - name: Is the shop open?
          health_check:
            checks:
              - unit: nginx
              - tcp: 127.0.0.1:5432
              - http: http://127.0.0.1/health
              - name: the shop's front page
                http:
                  url: https://127.0.0.1/
                  status: [200, 304]
                  body: "Welcome"
                  headers:
                    Host: shop.example.org
                  validate_certs: false
                retries: 10
                delay: 3
              - name: replication
                command: /usr/local/bin/replication-lag --max 30
                timeout: 20
              - name: last night's backup
                file:
                  path: /var/backups/shop.done
                  contains: "^complete$"
                  younger_than: 90000
            healthy_for: 30
            deadline: 180
    """

    Args = HealthArgs
    target = "health.run"
    check_mode = False
