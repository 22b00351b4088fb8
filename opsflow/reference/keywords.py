"""What the keywords of plays, blocks, tasks and handlers are for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from opsflow.core.errors import OpsFlowError, did_you_mean
from opsflow.modules.base.types import to_bool, to_float, to_int, to_text
from opsflow.playbook import keywords as k
from opsflow.playbook.keywords import KEYWORDS, ORDERS, STRATEGIES
from opsflow.playbook.model import META

from .options import OptionType

ABOUT = {
    "action": "The module and its options in one text: an old form of `module: options`.",
    "always": "Tasks that run in any case, after `block` and `rescue`.",
    "any_errors_fatal": "A failure on one host ends the play on all of them.",
    "args": "More options of the module, for those that are written as text.",
    "async": "Seconds that the task may take, detached from the connection.",
    "become": "Become another user on the hosts, root unless `become_user` says otherwise.",
    "become_exe": "The program that does it, such as a path to sudo.",
    "become_flags": "Options for that program.",
    "become_method": "How: sudo, su or doas.",
    "become_user": "Whom to become.",
    "block": "Tasks that share keywords and a fate.",
    "changed_when": "Conditions that say whether the task changed something, instead of the module.",
    "check_mode": "Whether to only tell what would change, whatever the command line says.",
    "collections": "Where modules and roles are looked for by short names.",
    "connection": "How hosts are reached: ssh or local.",
    "debugger": "When to start the debugger.",
    "delay": "Seconds between two attempts of `until`.",
    "delegate_facts": "Give gathered facts to the host that the task is delegated to.",
    "delegate_to": "The host that does the task instead.",
    "diff": "Whether to show how files change.",
    "environment": "Environment variables for the task: a mapping, or a list of them.",
    "fact_path": "The directory of local facts on the hosts.",
    "failed_when": "Conditions that say whether the task failed, instead of the module.",
    "force_handlers": "Run notified handlers also on hosts that failed.",
    "gather_facts": "Whether facts are gathered before the first task.",
    "gather_subset": "Which facts are gathered.",
    "gather_timeout": "Seconds that the gathering of one kind of facts may take.",
    "handlers": "Tasks that run once, at the end, when others that changed something notify them.",
    "hosts": "The hosts of the play: names, groups and patterns.",
    "ignore_errors": "Go on with the host when the task fails.",
    "ignore_unreachable": "Go on with the host when it can't be reached.",
    "limits": "How many tasks may be under way at once, by the name of a group or host.",
    "listen": "Topics by which the handler is notified as well.",
    "local_action": "As `action`, done on the control node.",
    "loop": "A list: the task is done for each of its items.",
    "loop_control": "How the loop goes: `loop_var`, `index_var`, `label`, `pause`, `extended`, `break_when`.",
    "max_fail_percentage": "How much of a batch may fail before the play ends.",
    "module_defaults": "Options by module's name, for tasks that do not give them.",
    "name": "What the play, block or task is called.",
    "no_log": "Show nothing of the task's options and results.",
    "notifiers": "Who is told of the run, beside those of the configuration.",
    "notify": "Handlers to run when the task changes something.",
    "order": "In which order the hosts have their turn.",
    "poll": "Seconds between two looks at an `async` task; 0 does not wait for it.",
    "port": "The port of the connection.",
    "post_tasks": "Tasks behind `tasks`.",
    "pre_tasks": "Tasks before `roles`.",
    "read_only": "Whether the task only looks: it then runs in check mode too, and changes nothing.",
    "register": "The variable that keeps the result.",
    "remote_user": "Whom to log in as.",
    "rescue": "Tasks that run when one of `block` fails.",
    "retries": "How often the task is tried again until `until` holds.",
    "roles": "Roles of the play: names, or mappings with `role`, keywords and variables.",
    "routes": "Which notifiers are told of what, beside the routes of the configuration.",
    "run_once": "Do the task on the first host only, for all of them.",
    "serial": "How many hosts a batch has: a number, a percentage, or a list of them.",
    "strategy": "How hosts go through the tasks: together, or each for itself.",
    "tags": "Names by which tasks are chosen on the command line.",
    "tasks": "The tasks of the play.",
    "throttle": "On how many hosts the task may be under way at once.",
    "timeout": "Seconds that the task may take.",
    "until": "Conditions: the task is repeated until they hold.",
    "validate_argspec": "Whether the play's variables are checked against a specification.",
    "vars": "Variables for what is below.",
    "vars_files": "Files of variables; of a list within the list, the first that exists.",
    "vars_prompt": "Variables that a person is asked for.",
    "when": "Conditions: without all of them the task is skipped.",
}

FORMS = {
    "import_playbook": ("play", "The plays of another playbook, as if they stood here."),
    "import_role": (
        "task",
        "A role by `name`, as if its tasks stood here; `tasks_from` names one of its files.",
    ),
    "import_tasks": ("task", "The tasks of a file, as if they stood here."),
    "meta": ("task", f"Something that the run itself does: {', '.join(META)}."),
}
"""What stands where a play or a module's name would, and is neither: where, and what it is for."""

_TYPES: dict[Callable[[Any], Any], OptionType] = {
    to_bool: OptionType("bool"),
    to_int: OptionType("int"),
    to_float: OptionType("float"),
    to_text: OptionType("text"),
    k.to_identifier: OptionType("text"),
    k.to_map: OptionType("mapping"),
    k.to_limits: OptionType("mapping"),
    k.to_percent: OptionType("text"),
    k.to_strategy: OptionType("text", STRATEGIES),
    k.to_order: OptionType("text", ORDERS),
    k.to_debugger: OptionType("text", k.DEBUGGER),
    k.to_argspec: OptionType("any"),
    k.to_any: OptionType("any"),
}
_LIST = OptionType("list", items=OptionType("any"))


@dataclass(frozen=True, slots=True)
class KeywordDoc:
    """A keyword: where it may stand, what its value is, what it is for."""

    name: str
    where: list[str]
    type: OptionType
    about: str
    inherited: bool


def keyword_doc(name: str) -> KeywordDoc:
    """Return the documentation of a keyword or form. Raises OpsFlowError for an unknown one."""
    if name in FORMS:
        where, about = FORMS[name]
        return KeywordDoc(name, [where], OptionType("any"), about, False)
    if name not in KEYWORDS:
        raise OpsFlowError(f"there is no keyword named '{name}'", hint=did_you_mean(name, KEYWORDS))
    found = KEYWORDS[name]
    type_ = _TYPES.get(found.convert, _LIST)
    order = [k.PLAY, k.BLOCK, k.TASK, k.HANDLER]
    return KeywordDoc(name, sorted(found.where, key=order.index), type_, ABOUT.get(name, ""), found.inherited)
