"""Types of arguments, and arguments that need or exclude each other."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

import json
import os
import re
from ast import literal_eval

from opsflow.target.compat.common.collections import is_iterable
from opsflow.target.compat.common.text.converters import jsonify, to_native
from opsflow.target.compat.common.text.formatters import human_to_bytes
from opsflow.target.compat.parsing.convert_bool import boolean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Context = list[str] | None


def count_terms(terms: Any, parameters: Any) -> int:
    """Return how many of the names (or whether the one) are among the parameters."""
    if not is_iterable(terms):
        terms = [terms]
    return len(set(terms).intersection(parameters))


def _fail(message: str, context: Context) -> None:
    """Raise TypeError with a message that tells below which options it holds."""
    if context:
        message = "%s found in %s" % (message, " -> ".join(context))
    raise TypeError(to_native(message))


def safe_eval(value: Any, locals: Any = None, include_exceptions: bool = False) -> Any:
    """Return the value of a Python literal, or the text itself."""
    try:
        found, error = (literal_eval(value), None) if isinstance(value, str) else (value, None)
    except Exception as caught:
        found, error = value, caught
    return (found, error) if include_exceptions else found


# arguments that need or exclude each other


def check_mutually_exclusive(terms: Any, parameters: Any, options_context: Context = None) -> list[Any]:
    """Raise TypeError when more than one argument of a group is given."""
    found = [group for group in terms or () if count_terms(group, parameters) > 1]
    if found:
        groups = ", ".join("|".join(group) for group in found)
        _fail("parameters are mutually exclusive: %s" % groups, options_context)
    return found


def check_required_one_of(terms: Any, parameters: Any, options_context: Context = None) -> list[Any]:
    """Raise TypeError when no argument of a group is given."""
    found = [group for group in terms or () if count_terms(group, parameters) == 0]
    for group in found:
        _fail("one of the following is required: %s" % ", ".join(group), options_context)
    return found


def check_required_together(terms: Any, parameters: Any, options_context: Context = None) -> list[Any]:
    """Raise TypeError when some arguments of a group are given, and others not."""
    found: list[Any] = []
    for group in terms or ():
        given = [count_terms(field, parameters) for field in group]
        if 0 in given and any(given):
            found.append(group)
            _fail("parameters are required together: %s" % ", ".join(group), options_context)
    return found


def check_required_by(
    requirements: Any, parameters: Any, options_context: Context = None
) -> dict[str, list[str]]:
    """Raise TypeError when an argument is given without those that it needs."""
    result: dict[str, list[str]] = {}
    for key, needed in (requirements or {}).items():
        if parameters.get(key) is None:
            continue
        needed = [needed] if isinstance(needed, str) else needed
        missing = [name for name in needed if parameters.get(name) is None]
        if missing:
            result[key] = missing
            _fail("missing parameter(s) required by '%s': %s" % (key, ", ".join(missing)), options_context)
    return result


def check_required_arguments(
    argument_spec: Any, parameters: Any, options_context: Context = None
) -> list[str]:
    """Raise TypeError when required arguments are missing."""
    missing = [
        name
        for name, spec in (argument_spec or {}).items()
        if spec.get("required", False) and name not in parameters
    ]
    if missing:
        _fail("missing required arguments: %s" % ", ".join(sorted(missing)), options_context)
    return missing


def check_required_if(
    requirements: Any, parameters: Any, options_context: Context = None
) -> list[dict[str, Any]]:
    """Raise TypeError when the value of an argument needs others that are missing."""
    results: list[dict[str, Any]] = []
    for requirement in requirements or ():
        key, value, needed = requirement[:3]
        one_of = bool(requirement[3]) if len(requirement) == 4 else False
        if key not in parameters or parameters[key] != value:
            continue
        missing = [name for name in needed if not count_terms(name, parameters)]
        if len(missing) > (len(needed) - 1 if one_of else 0):
            word = "any" if one_of else "all"
            results.append(
                {
                    "missing": missing,
                    "requires": word,
                    "parameter": key,
                    "value": value,
                    "requirements": needed,
                }
            )
            shown = (key, value, word, ", ".join(missing))
            _fail("%s is %s but %s of the following are missing: %s" % shown, options_context)
    return results


def check_missing_parameters(parameters: Any, required_parameters: Any = None) -> list[str]:
    """Raise TypeError when arguments of this list are missing or empty."""
    missing = [name for name in required_parameters or () if not parameters.get(name)]
    if missing:
        _fail("missing required arguments: %s" % ", ".join(missing), None)
    return missing


# types


def _cannot(value: Any, kind: str) -> TypeError:
    return TypeError("%s cannot be converted to %s" % (type(value), kind))


def check_type_str(value: Any, allow_conversion: bool = True, param: Any = None, prefix: str = "") -> str:
    """Return a value as text."""
    if isinstance(value, str):
        return value
    if allow_conversion and value is not None:
        return to_native(value, errors="surrogate_or_strict")
    raise TypeError("'%r' is not a string and conversion is not allowed" % (value,))


def check_type_list(value: Any) -> list[Any]:
    """Return a list; text is split at its commas, a number is a list of one text."""
    if isinstance(value, list):
        return value
    if isinstance(value, str):
        return value.split(",")
    if isinstance(value, (int, float)):
        return [str(value)]
    raise _cannot(value, "a list")


def check_type_dict(value: Any) -> dict[Any, Any]:
    """Return a mapping, from JSON, a Python literal, or `a=1, b=2`."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, str):
        raise _cannot(value, "a dict")
    if value.startswith("{"):
        try:
            return json.loads(value)
        except ValueError:
            found, error = safe_eval(value, {}, include_exceptions=True)
            if error is not None:
                raise TypeError("unable to evaluate string as dictionary") from None
            return found
    if "=" in value:
        return dict(field.split("=", 1) for field in _fields(value))
    raise TypeError("dictionary requested, could not parse JSON or key=value")


def _fields(text: str) -> list[str]:
    """Return the parts of `a=1, b="x y"`: blanks and commas separate outside quotes, a backslash escapes."""
    fields: list[str] = []
    current, quote, escaped = "", "", False
    for char in text.strip():
        if escaped:
            current, escaped = current + char, False
        elif char == "\\":
            escaped = True
        elif not quote and char in "'\"":
            quote = char
        elif quote and char == quote:
            quote = ""
        elif not quote and char in ", ":
            fields, current = fields + ([current] if current else []), ""
        else:
            current += char
    fields += [current] if current else []
    if any("=" not in field for field in fields):
        raise TypeError("unable to evaluate string in the 'key=value' format as dictionary")
    return fields


def check_type_bool(value: Any) -> bool:
    """Return a truth value, from a word or a number."""
    if isinstance(value, bool):
        return value
    if isinstance(value, (str, bytes, int, float)):
        return boolean(value)
    raise _cannot(value, "a bool")


def check_type_int(value: Any) -> int:
    """Return a whole number, from text or a number without a fraction."""
    if isinstance(value, int):
        return value
    message = '"%r" cannot be converted to an int' % (value,)
    if isinstance(value, float) and not value.is_integer():
        raise TypeError(message)
    try:
        return int(value)
    except (TypeError, ValueError):
        raise TypeError(message) from None


def check_type_float(value: Any) -> float:
    """Return a number."""
    if isinstance(value, float):
        return value
    try:
        return float(value)
    except (TypeError, ValueError):
        raise _cannot(value, "a float") from None


def check_type_path(value: Any) -> str:
    """Return a path with `~` and `$NAME` replaced."""
    return os.path.expanduser(os.path.expandvars(check_type_str(value)))


def check_type_raw(value: Any) -> Any:
    """Return the value as it is."""
    return value


def check_type_bytes(value: Any) -> int:
    """Return how many bytes `10M` means."""
    try:
        return human_to_bytes(value)
    except ValueError:
        raise _cannot(value, "a Byte value") from None


def check_type_bits(value: Any) -> int:
    """Return how many bits `10Mb` means."""
    try:
        return human_to_bytes(value, isbits=True)
    except ValueError:
        raise _cannot(value, "a Bit value") from None


def check_type_jsonarg(value: Any) -> str:
    """Return JSON, from text that is taken for it, a list or a mapping."""
    if isinstance(value, (str, bytes)):
        return to_native(value).strip()
    if isinstance(value, (list, tuple, dict)):
        return jsonify(value)
    raise _cannot(value, "a json string")


_SID = re.compile(r"^S-\d-\d+(-\d+)*$")


def check_type_sid(value: Any) -> str:
    """Return a Windows security identifier."""
    found = check_type_str(value)
    if not _SID.match(found):
        raise _cannot(value, "a security identifier")
    return found
