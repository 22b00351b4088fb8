"""The `opsflow` command."""

from __future__ import annotations

from opsflow.cli.main import main

if __name__ == "__main__":
    main()
