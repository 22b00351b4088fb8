"""minidb: `serve`, or `sql DATABASE STATEMENT` (rows as JSON) and `list`, as its own user only."""

import json
import os
import pwd
import signal
import sqlite3
import sys

HOME = "/var/lib/minidb"


def main(command="", *arguments):
    if pwd.getpwuid(os.getuid()).pw_name != "minidb":
        return "minidb: only the user minidb may do this"
    if command == "serve":
        with open(os.path.join(HOME, "ready"), "w") as file:
            file.write("\n".join(sys.argv))
        signal.sigwait({signal.SIGTERM})
        return 0
    if command == "list":
        print("\n".join(sorted(name[:-3] for name in os.listdir(HOME) if name.endswith(".db"))))
        return 0
    if command != "sql":
        return "minidb: serve, list, or sql DATABASE STATEMENT"
    database, statement = arguments
    connection = sqlite3.connect(os.path.join(HOME, database + ".db"))
    connection.row_factory = sqlite3.Row
    with connection:
        rows = [dict(row) for row in connection.execute(statement)]
    print(json.dumps(rows))
    return 0


signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
sys.exit(main(*sys.argv[1:]))
