"""read_csv: tables in files of a host."""

from __future__ import annotations

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Path, StrList, Text, arg


@modules.register("read_csv")
class ReadCsv(Module):
    """Read a CSV file of a host: as a list of rows, or with `key` as a mapping of them by that column.

    Returns:
        list: the rows, without `key`.
        dict: the rows by key.

    Examples:
        - name: Read the people
          read_csv:
            path: /srv/people.csv
            key: name
          register: people
    """

    class Args(ModuleArgs):
        path: Path = arg(..., "filename")
        key: Text | None = None
        unique: Bool = True
        dialect: Text = "excel"
        delimiter: Text | None = None
        skipinitialspace: Bool | None = None
        strict: Bool | None = None
        fieldnames: StrList | None = None

    target = "read_csv.run"
