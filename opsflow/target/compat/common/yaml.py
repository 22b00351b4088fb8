"""PyYAML, where the host has it."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

from functools import partial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HAS_YAML = False
HAS_LIBYAML = False
SafeLoader: Any = None
SafeDumper: Any = None
Parser: Any = None
yaml_load: Any = None
yaml_load_all: Any = None
yaml_dump: Any = None
yaml_dump_all: Any = None

try:
    import yaml as _yaml
except ImportError:
    _yaml = None  # type: ignore[assignment]

if _yaml is not None:
    HAS_LIBYAML = hasattr(_yaml, "CSafeLoader")  # type: ignore[misc]
    HAS_YAML = True  # type: ignore[misc]
    SafeLoader = getattr(_yaml, "CSafeLoader", _yaml.SafeLoader)
    SafeDumper = getattr(_yaml, "CSafeDumper", _yaml.SafeDumper)
    yaml_load = partial(_yaml.load, Loader=SafeLoader)
    yaml_load_all = partial(_yaml.load_all, Loader=SafeLoader)
    yaml_dump = partial(_yaml.dump, Dumper=SafeDumper)
    yaml_dump_all = partial(_yaml.dump_all, Dumper=SafeDumper)
