"""Names that were different in Python 2, for modules that were written to run on both.

What `six.moves` has is made here, when it is imported: other names of modules of the standard library.
"""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

import builtins
import collections.abc
import functools
import importlib
import io
import operator
import struct
import sys
import types
from importlib.machinery import ModuleSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator as Iterating
    from typing import Any, NoReturn

__version__ = "1.16.0"

PY2 = False
PY3 = True
PY34 = True

string_types = (str,)
integer_types = (int,)
class_types = (type,)
text_type = str
binary_type = bytes
MAXSIZE = sys.maxsize

StringIO = io.StringIO
BytesIO = io.BytesIO
Iterator = collections.abc.Iterator  # type: ignore[misc]

unichr = chr
int2byte = struct.Struct(">B").pack
byte2int = operator.itemgetter(0)
indexbytes = operator.getitem
iterbytes = iter
callable = builtins.callable
next = advance_iterator = builtins.next
print_ = builtins.print
exec_ = builtins.exec
wraps = functools.wraps
get_method_function = operator.attrgetter("__func__")
get_method_self = operator.attrgetter("__self__")
get_function_closure = operator.attrgetter("__closure__")
get_function_code = operator.attrgetter("__code__")
get_function_defaults = operator.attrgetter("__defaults__")
get_function_globals = operator.attrgetter("__globals__")
viewkeys = operator.methodcaller("keys")
viewvalues = operator.methodcaller("values")
viewitems = operator.methodcaller("items")
create_bound_method = types.MethodType


def u(s: str) -> str:
    """Return the text."""
    return s


def b(s: str) -> bytes:
    """Return a text as bytes."""
    return s.encode("latin-1")


def iterkeys(d: Any, **kw: Any) -> Iterating[Any]:
    """Return the keys of a mapping."""
    return iter(d.keys(**kw))


def itervalues(d: Any, **kw: Any) -> Iterating[Any]:
    """Return the values of a mapping."""
    return iter(d.values(**kw))


def iteritems(d: Any, **kw: Any) -> Iterating[Any]:
    """Return the items of a mapping."""
    return iter(d.items(**kw))


def iterlists(d: Any, **kw: Any) -> Iterating[Any]:
    """Return the lists of a mapping of lists."""
    return iter(d.lists(**kw))


def create_unbound_method(func: Any, cls: Any) -> Any:
    """Return the function."""
    return func


def get_unbound_function(unbound: Any) -> Any:
    """Return the function."""
    return unbound


def reraise(tp: Any, value: Any, tb: Any = None) -> NoReturn:
    """Raise an exception with a traceback."""
    raise (tp() if value is None else value).with_traceback(tb)


def raise_from(value: BaseException, from_value: Any) -> NoReturn:
    """Raise an exception because of another."""
    raise value from from_value


def ensure_binary(s: Any, encoding: str = "utf-8", errors: str = "strict") -> bytes:
    """Return text or bytes as bytes."""
    if isinstance(s, bytes):
        return s
    if isinstance(s, str):
        return s.encode(encoding, errors)
    raise TypeError("not expecting type '%s'" % type(s))


def ensure_text(s: Any, encoding: str = "utf-8", errors: str = "strict") -> str:
    """Return text or bytes as text."""
    if isinstance(s, str):
        return s
    if isinstance(s, bytes):
        return s.decode(encoding, errors)
    raise TypeError("not expecting type '%s'" % type(s))


ensure_str = ensure_text


def with_metaclass(meta: Any, *bases: Any) -> Any:
    """Return a base class that gives the classes below it a metaclass."""

    class Between(type):
        def __new__(cls, name: str, this_bases: Any, namespace: Any) -> Any:
            return meta(name, bases, namespace)

    return type.__new__(Between, "temporary_class", (), {})


def add_metaclass(metaclass: Any) -> Callable[[Any], Any]:
    """Return a decorator that gives a class a metaclass."""

    def wrapper(cls: Any) -> Any:
        namespace = dict(cls.__dict__)
        slots = namespace.get("__slots__", ())
        for name in ("__dict__", "__weakref__", *([slots] if isinstance(slots, str) else slots)):
            namespace.pop(name, None)
        return metaclass(cls.__name__, cls.__bases__, namespace)

    return wrapper


def python_2_unicode_compatible(klass: Any) -> Any:
    """Return the class."""
    return klass


class _Moves(types.ModuleType):
    """`six.moves`: what it holds is imported when it is asked for."""

    def __getattr__(self, name: str) -> Any:
        if name in _NAMES:
            module, _, attribute = _NAMES[name].partition(":")
            value = getattr(importlib.import_module(module), attribute)
        elif name in _MODULES:
            value = importlib.import_module("%s.%s" % (self.__name__, name))
        else:
            raise AttributeError(name)
        setattr(self, name, value)
        return value


class _Finder:
    """Finds `six.moves.NAME`: the module of the standard library that it is another name of."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Return how such a module is loaded, None for other names."""
        if not name.startswith(_PLACE) or name[len(_PLACE) :] not in _MODULES:
            return None
        return ModuleSpec(name, self)  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> None:
        """Let Python make one, which is not used."""

    def exec_module(self, module: types.ModuleType) -> None:
        """Put the real module in the place of the one that was made."""
        name = module.__name__
        sys.modules[name] = importlib.import_module(_MODULES[name[len(_PLACE) :]])


_NAMES = {
    "cStringIO": "io:StringIO",
    "filter": "builtins:filter",
    "filterfalse": "itertools:filterfalse",
    "getcwd": "os:getcwd",
    "getcwdb": "os:getcwdb",
    "input": "builtins:input",
    "intern": "sys:intern",
    "map": "builtins:map",
    "range": "builtins:range",
    "reduce": "functools:reduce",
    "reload_module": "importlib:reload",
    "shlex_quote": "shlex:quote",
    "StringIO": "io:StringIO",
    "UserDict": "collections:UserDict",
    "UserList": "collections:UserList",
    "UserString": "collections:UserString",
    "xrange": "builtins:range",
    "zip": "builtins:zip",
    "zip_longest": "itertools:zip_longest",
}
_MODULES = {
    "BaseHTTPServer": "http.server",
    "CGIHTTPServer": "http.server",
    "SimpleHTTPServer": "http.server",
    "_thread": "_thread",
    "builtins": "builtins",
    "cPickle": "pickle",
    "collections_abc": "collections.abc",
    "configparser": "configparser",
    "copyreg": "copyreg",
    "email_mime_base": "email.mime.base",
    "email_mime_multipart": "email.mime.multipart",
    "email_mime_nonmultipart": "email.mime.nonmultipart",
    "email_mime_text": "email.mime.text",
    "html_entities": "html.entities",
    "html_parser": "html.parser",
    "http_client": "http.client",
    "http_cookiejar": "http.cookiejar",
    "http_cookies": "http.cookies",
    "queue": "queue",
    "reprlib": "reprlib",
    "socketserver": "socketserver",
    "urllib": "urllib",
    "urllib.error": "urllib.error",
    "urllib.parse": "urllib.parse",
    "urllib.request": "urllib.request",
    "urllib.response": "urllib.response",
    "urllib.robotparser": "urllib.robotparser",
    "urllib_error": "urllib.error",
    "urllib_parse": "urllib.parse",
    "urllib_robotparser": "urllib.robotparser",
    "xmlrpc_client": "xmlrpc.client",
    "xmlrpc_server": "xmlrpc.server",
}
_PLACE = __name__ + ".moves."


def _make_moves() -> types.ModuleType:
    for part in ("error", "parse", "request"):  # `moves.urllib.parse` without an import of its own
        importlib.import_module("urllib." + part)
    made = _Moves(_PLACE[:-1])
    made.__path__ = []
    sys.modules[made.__name__] = made
    sys.meta_path.insert(0, _Finder())  # type: ignore[arg-type]
    return made


moves = _make_moves()
