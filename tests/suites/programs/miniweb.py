"""miniweb: serves directories; `-t` only tests the configuration (of another file with `-c FILE`)."""

import functools
import glob
import http.server
import signal
import sys
import threading

WORDS = {"workers": 1, "include": 1, "listen": 1, "root": 1, "server_name": None, "header": 2}


def read(path):
    """Return the (word, values) lines of a file and of those that it includes; raises ValueError."""
    found = []
    with open(path) as file:
        for number, line in enumerate(file, 1):
            word, *values = line.partition("#")[0].split() or [""]
            if not word:
                continue
            if word not in WORDS or WORDS[word] not in (None, len(values)):
                raise ValueError(f"{path}:{number}: unknown or incomplete: {line.strip()}")
            if word == "include":
                for name in sorted(glob.glob(values[0])):
                    found += read(name)
            else:
                found.append((word, values))
    return found


def serve(lines):
    servers = []
    port = None
    for word, values in lines:
        if word == "listen":
            port = int(values[0])
        elif word == "root":
            handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=values[0])
            servers.append(http.server.ThreadingHTTPServer(("127.0.0.1", port), handler))
            threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
    return servers


def main(arguments):
    path = "/etc/miniweb/miniweb.conf"
    if "-c" in arguments:
        path = arguments[arguments.index("-c") + 1]
    try:
        lines = read(path)
    except (OSError, ValueError) as error:
        return f"miniweb: {error}"
    if "-t" in arguments:
        print("miniweb: the configuration is right")
        return 0
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP, signal.SIGTERM})
    while True:
        servers = serve(lines)
        ended = signal.sigwait({signal.SIGHUP, signal.SIGTERM}) == signal.SIGTERM
        for server in servers:
            server.shutdown()
            server.server_close()
        if ended:
            return 0
        lines = read(path)


sys.exit(main(sys.argv[1:]))
