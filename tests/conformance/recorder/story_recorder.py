"""A callback plugin for ansible-core that writes down what a run tells."""

from __future__ import annotations

import json
import os

from ansible.plugins.callback import CallbackBase

from tests.conformance.story import counts, row


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "story_recorder"

    def __init__(self):
        super().__init__()
        self.hosts = {}
        self.recap = {}

    def tell(self, status, result):
        whole, without = (
            frozenset(os.environ[f"CONFORMANCE_{name}"].split()) for name in ("WHOLE", "WITHOUT")
        )
        task = result.task
        told = row(task.get_name(), task.action, status, result.result, whole=whole, without=without)
        if told:
            self.hosts.setdefault(result.host.get_name(), []).append(told)
            self.save()

    def v2_runner_on_ok(self, result):
        self.tell("changed" if result.result.get("changed") else "ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self.tell("ignored" if ignore_errors else "failed", result)

    def v2_runner_on_skipped(self, result):
        self.tell("skipped", result)

    def v2_runner_on_unreachable(self, result):
        ignored = result.task_fields.get("ignore_unreachable")
        self.tell("ignored" if ignored else "unreachable", result)

    def v2_playbook_on_stats(self, stats):
        for host in stats.processed:
            numbers = stats.summarize(host)
            self.recap[host] = counts({**numbers, "failed": numbers["failures"]})
        self.save()

    def save(self):
        with open(os.environ["CONFORMANCE_STORY"], "w") as file:
            json.dump({"hosts": self.hosts, "recap": self.recap}, file, default=str)
