"""Reading CSV files."""

from __future__ import annotations

import csv

from opsflow.target.paths import expand
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request


def run(request: Request, path: str, unique: bool, dialect: str, **want: Any) -> dict[str, Any]:
    """Return the rows of a file as `list`, or with a key as `dict`."""
    csv.register_dialect("unix-ansible", csv.unix_dialect, quoting=csv.QUOTE_MINIMAL)
    if dialect not in csv.list_dialects():
        raise Fail("Dialect '%s' is not supported by your version of python." % dialect)
    options = {name: want[name] for name in ("delimiter", "skipinitialspace", "strict") if name in want}
    try:
        with open(expand(request, path), encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, want.get("fieldnames"), dialect=dialect, **options)
            columns = list(reader.fieldnames or [])
            rows = [dict(row) for row in reader]
    except (csv.Error, UnicodeDecodeError, TypeError) as error:
        raise Fail("Unable to process file: %s" % error, path=path) from None
    key = want.get("key")
    if key is None:
        return {"changed": False, "dict": {}, "list": rows}
    if key not in columns:
        raise Fail("Key '%s' was not found in the CSV header fields: %s" % (key, ", ".join(columns)))
    found: dict[str, Any] = {}
    for row in rows:
        if unique and row[key] in found:
            raise Fail("Multiple rows have the value '%s' of the key '%s'" % (row[key], key))
        found[row[key]] = row
    return {"changed": False, "dict": found, "list": []}
