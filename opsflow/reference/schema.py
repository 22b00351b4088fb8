"""JSON Schema (draft 2020-12) of what can be written, for editors: out of the same tables that read it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from opsflow.connection.settings import VARIABLES
from opsflow.modules.base.module import COLLECTIONS, FOREIGN, find_module
from opsflow.notifiers.routes import RouteConfig
from opsflow.playbook.keywords import BLOCK, HANDLER, LOOP_CONTROL, PLAY, PROMPT, TASK, keywords_at
from opsflow.playbook.model import META
from opsflow.source.config import Config

from .keywords import FORMS, keyword_doc
from .modules import module_doc, module_names
from .values import DEFINITIONS, TEMPLATE, Schema, object_schema, value_schema


def _anything(names: Iterable[str]) -> Schema:
    """Return the properties of a mapping with these keys and whatever values."""
    return {name: {} for name in sorted(names)}


_NAMES: Schema = {"anyOf": [{"type": ["string", "number"]}, {"type": "array"}]}
_CONDITIONS: Schema = {
    "anyOf": [
        {"type": ["string", "boolean", "number"]},
        {"type": "array", "items": {"type": ["string", "boolean", "number"]}},
    ]
}
_MAPPING: Schema = {"anyOf": [{"type": "object"}, TEMPLATE]}
_MAPPINGS: Schema = {"anyOf": [_MAPPING, {"type": "array", "items": _MAPPING}]}
_VARIABLES: Schema = {"type": "object", "propertyNames": {"pattern": r"^[A-Za-z_]\w*$"}}
_TASKS: Schema = {"type": "array", "items": {"$ref": "#/$defs/task"}}
_ROLE: Schema = {
    "anyOf": [
        {"type": "string"},
        {"type": "object", "anyOf": [{"required": ["role"]}, {"required": ["name"]}]},
    ]
}
_OF_IMPORT = [name for name in keywords_at(BLOCK) if name not in ("block", "rescue", "always")]
_SPECIAL: dict[str, Schema] = {
    **dict.fromkeys(("when", "changed_when", "failed_when", "until"), _CONDITIONS),
    **dict.fromkeys(("tags", "notify", "listen", "hosts", "gather_subset", "collections"), _NAMES),
    **dict.fromkeys(("environment", "module_defaults"), _MAPPINGS),
    **dict.fromkeys(("block", "rescue", "always", "tasks", "pre_tasks", "post_tasks"), _TASKS),
    "handlers": {"type": "array", "items": {"$ref": "#/$defs/handler"}},
    "roles": {"type": "array", "items": {"$ref": "#/$defs/role"}},
    "vars": _VARIABLES,
    "vars_files": {"anyOf": [{"type": "string"}, {"type": "array"}]},
    "vars_prompt": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": _anything(PROMPT),
            "required": ["name"],
            "additionalProperties": False,
        },
    },
    "serial": {
        "anyOf": [
            {"type": ["integer", "string"]},
            {"type": "array", "items": {"type": ["integer", "string"]}},
        ]
    },
    "max_fail_percentage": {"type": ["number", "string"]},
    "register": {"type": "string", "pattern": r"^[A-Za-z_]\w*$"},
    "loop": {"anyOf": [{"type": "array"}, TEMPLATE]},
    "args": _MAPPING,
    "action": {"type": ["string", "object"]},
    "local_action": {"type": ["string", "object"]},
    "limits": {"type": "object", "additionalProperties": {"type": "integer", "minimum": 1}},
    "notifiers": {"type": "array", "items": {"type": "object"}},
    "routes": {"type": "array", "items": object_schema(RouteConfig)},
    "loop_control": {
        "type": "object",
        "properties": _anything(LOOP_CONTROL),
        "additionalProperties": False,
    },
}
_FLOW: dict[str, Schema] = {
    "meta": {
        "anyOf": [{"enum": list(META)}, {"type": "object"}],
        "description": FORMS["meta"][1],
    },
    "import_tasks": {"type": ["string", "object"], "description": FORMS["import_tasks"][1]},
    "import_role": {"type": ["object", "string"], "description": FORMS["import_role"][1]},
}


def playbook_schema(own: Iterable[str] = ()) -> Schema:
    """Return the schema of a playbook: a list of plays and imports; `own` are modules of the project."""
    play = _object([*keywords_at(PLAY)], required=["hosts"])
    play["properties"]["user"] = value_schema(keyword_doc("remote_user").type)
    names = _names_of("import_playbook")
    imported = _object(_OF_IMPORT, {name: {"type": "string"} for name in names})
    is_import: Schema = {"anyOf": [{"required": [name]} for name in names]}
    items = {"type": "object", "if": is_import, "then": imported, "else": play}
    return _document("playbook", {"type": "array", "minItems": 1, "items": items}, _of_tasks(own))


def tasks_schema(own: Iterable[str] = ()) -> Schema:
    """Return the schema of a file of tasks or handlers of a role; `own` are modules of the project."""
    return _document(
        "tasks", {"anyOf": [{"type": "array", "items": _ref("handler")}, {"type": "null"}]}, _of_tasks(own)
    )


def inventory_schema(_own: Iterable[str] = ()) -> Schema:
    """Return the schema of an inventory in YAML."""
    hosts: Schema = {
        "anyOf": [{"type": "object", "additionalProperties": _ref("host")}, {"type": ["string", "null"]}]
    }
    children: Schema = {"type": "object", "additionalProperties": _ref("group")}
    group = {"hosts": hosts, "children": {"anyOf": [children, {"type": "null"}]}, "vars": _ref("host")}
    definitions: Schema = {
        "group": {"type": ["object", "null"], "properties": group, "additionalProperties": False},
        "host": {"type": ["object", "null"], "properties": _anything(VARIABLES)},
    }
    computed: Schema = {"properties": {"plugin": {"type": "string"}}}
    groups: Schema = {"additionalProperties": _ref("group")}
    inventory = {"type": "object", "if": {"required": ["plugin"]}, "then": computed, "else": groups}
    return _document("inventory", inventory, definitions)


def config_schema(_own: Iterable[str] = ()) -> Schema:
    """Return the schema of opsflow.yml."""
    schema = object_schema(Config)
    schema["properties"]["notifiers"] = {"type": "array", "items": {"type": "object", "required": ["type"]}}
    schema["properties"]["routes"] = _SPECIAL["routes"]
    return _document("opsflow.yml", schema, {})


SCHEMAS: dict[str, Callable[[Iterable[str]], Schema]] = {
    "playbook": playbook_schema,
    "tasks": tasks_schema,
    "inventory": inventory_schema,
    "config": config_schema,
}


def _document(title: str, schema: Schema, definitions: Schema) -> Schema:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"OpsFlow {title}",
        **schema,
        "$defs": {**DEFINITIONS, **definitions},
    }


def _of_tasks(own: Iterable[str]) -> Schema:
    """Return the definitions of tasks, handlers, blocks and roles, and of each module's options."""
    modules = {f"module.{name}": _module(name) for name in module_names()}
    return {
        "task": _task(TASK, "block", own),
        "handler": _task(HANDLER, "handler_block", own),
        "block": _object(keywords_at(BLOCK), required=["block"]),
        "handler_block": _block_of_handlers(),
        "role": _ROLE,
        **modules,
    }


def _block_of_handlers() -> Schema:
    schema = _object(keywords_at(BLOCK), required=["block"])
    schema["properties"] |= dict.fromkeys(("block", "rescue", "always"), _list_of("handler"))
    return schema


def _task(where: str, block: str, own: Iterable[str]) -> Schema:
    keywords = keywords_at(where)
    names = "|".join(re.escape(name) for name in keywords if name not in ("action", "local_action"))
    is_plain: Schema = {"propertyNames": {"pattern": f"^({names}|with_.*)$"}}
    modules = {name: _ref(f"module.{name}") for name in module_names()}
    task = _object(keywords, {**_FLOW, **modules, **_anything(own)})
    task["patternProperties"] = {"^with_": {}, **_full_names()}
    return {
        "type": "object",
        "if": {"required": ["block"]},
        "then": _ref(block),
        "else": {**task, "not": is_plain},
    }


def _full_names() -> Schema:
    """Return the schemas of modules by the pattern of their names with a collection."""
    collections = "|".join(map(re.escape, COLLECTIONS))
    found = {f"^({collections}){name}$": _ref(f"module.{name}") for name in module_names()}
    found |= {f"^({collections}){name}$": schema for name, schema in _FLOW.items()}
    return found | {f"^({collections})?({'|'.join(FOREIGN)})$": {}}


def _module(name: str) -> Schema:
    """Return the schema of what stands behind a module's name: options, one text, or a template of them."""
    schema = object_schema(find_module(name).Args)
    types = ["object", "string", *([] if "allOf" in schema else ["null"])]
    if find_module(name).free_form:
        types.append("number")
    return {**schema, "type": types, "description": module_doc(name).about}


def _object(keywords: Iterable[str], more: Schema | None = None, required: Iterable[str] = ()) -> Schema:
    """Return the schema of a mapping with keywords, of which each but those required may be empty."""
    properties: Schema = {}
    for name in keywords:
        doc = keyword_doc(name)
        value = _SPECIAL.get(name) or value_schema(doc.type)
        allowed = value if name in required else {"anyOf": [value, {"type": "null"}]}
        properties[name] = {**allowed, "description": doc.about}
    schema: Schema = {"properties": {**properties, **(more or {})}, "additionalProperties": False}
    return schema | ({"required": list(required)} if required else {})


def _names_of(name: str) -> list[str]:
    return [name, f"ansible.builtin.{name}", f"ansible.legacy.{name}"]


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _list_of(name: str) -> Schema:
    return {"anyOf": [{"type": "array", "items": _ref(name)}, {"type": "null"}]}
