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
        """The file."""
        key: Text | None = None
        """The column whose values the rows are returned by."""
        unique: Bool = True
        """Fail where such a value is there twice."""
        dialect: Text = "excel"
        """How it is written."""
        delimiter: Text | None = None
        """What stands between fields."""
        skipinitialspace: Bool | None = None
        """Drop space behind that."""
        strict: Bool | None = None
        """Fail for what is not written well."""
        fieldnames: StrList | None = None
        """The names of columns, where the first line does not have them."""

    target = "read_csv.run"
