"""Messages to Slack, by a webhook or by its interface."""

from __future__ import annotations

import json
import os
import urllib.parse

from opsflow.target import files
from opsflow.target.http import Client, Failed
from opsflow.target.paths import expand
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

    Message = dict[str, Any]

_DOMAINS = ("slack.com", "slack-gov.com")
_FATAL = ("invalid_auth", "unknown_method", "missing_scope", "account_inactive")
_MARKS = ("#", "@", "C0", "GF", "G0", "CP")  # how names with a sign, and IDs, begin
_COMPARED = ("text", "attachments", "blocks")


def run(request: Request, token: str, validate_certs: bool, **want: Any) -> dict[str, Any]:
    """Send or change a message, and upload files."""
    slack = Slack(request, token, validate_certs, want.get("domain", ""))
    message = _message(**want)
    if "message_id" in want:
        old = slack.message(want["channel"], want["message_id"])
        changed = any(old.get(key) != message[key] for key in _COMPARED if key in message)
        if request.check or not changed:
            return {"changed": changed, "ts": old["ts"], "channel": old.get("channel", want["channel"])}
    elif request.check:
        return {"changed": True}
    has_content = any(key in message for key in _COMPARED)
    answer: Message = slack.post(message) if has_content else {}
    uploads: list[dict[str, Any]] = want.get("files", [])
    if has_content and slack.webhook:
        return {"changed": True, "msg": "OK"}
    result: dict[str, Any] = {"changed": True, "payload": None, "api": {"status": "files_only_upload"}}
    if has_content:
        result.update(payload=json.dumps(message), api=answer)
        result.update((key, answer[key]) for key in ("ts", "channel") if key in answer)
    if uploads:
        place = {"channel_id": answer.get("channel") or want.get("channel")}
        thread = answer.get("ts") or want.get("thread_id")
        result["files_upload"] = slack.upload(uploads, want["fail_on_file_error"], place, thread)
        if slack.warnings:
            result["warnings"] = slack.warnings
        if not has_content and not result["files_upload"].get("ok"):
            raise Fail("no file was uploaded to Slack", error=result["files_upload"].get("msg"))
    return result


def _message(**want: Any) -> Message:
    """Return a message as Slack takes it."""
    message: Message = {}
    text: str | None = want.get("msg")
    if text is not None and want["color"] == "normal":
        message["text"] = text
    elif text is not None:
        message["attachments"] = [{"text": text, "color": want["color"], "mrkdwn_in": ["text"]}]
    if "channel" in want:
        message["channel"] = _channel(want["channel"], want["prepend_hash"])
    if "thread_id" in want:
        message["thread_ts"] = want["thread_id"]
        if want["reply_broadcast"]:
            message["reply_broadcast"] = True
    message["username"] = want["username"]
    icon = "icon_emoji" if "icon_emoji" in want else "icon_url"
    message[icon] = want[icon]
    message["link_names"] = want["link_names"]
    if "parse" in want:
        message["parse"] = want["parse"]
    if "message_id" in want:
        message["ts"] = want["message_id"]
    if "attachments" in want:
        parts: list[Message] = want["attachments"]
        more = [dict(part, fallback=part.get("fallback", part.get("text"))) for part in parts]
        message["attachments"] = message.get("attachments", []) + more
    if "blocks" in want:
        message["blocks"] = want["blocks"]
    return message


def _channel(name: str, prepend_hash: str) -> str:
    marked = prepend_hash == "never" or (prepend_hash == "auto" and name.startswith(_MARKS))
    return name if marked else "#" + name


class Slack:
    """Slack as a token opens it. The token stands in no message of a failure."""

    def __init__(self, request: Request, token: str, validate_certs: bool, domain: str) -> None:
        self.request = request
        self.token = token
        self.webhook = "/" in token
        self.domain = domain if domain in _DOMAINS else _DOMAINS[0]
        self.client = Client(request, validate_certs=validate_certs, use_netrc=False)
        self.warnings: list[str] = []

    def _ask(self, what: str, method: str, url: str, data: bytes | None, kind: str) -> bytes:
        """Ask Slack and return what it answered. Raises Fail saying that `what` failed."""
        headers = {"Content-Type": kind, "Accept": "application/json"}
        if url.startswith("https://%s/api/" % self.domain):  # nobody else is shown the token
            headers["Authorization"] = "Bearer " + self.token
        try:
            answer = self.client.open(method, url, data, headers)
            said = b"".join(answer.chunks())
        except Failed as error:
            raise Fail("%s failed: %s" % (what, str(error).replace(self.token, "…"))) from None
        if answer.status != 200:
            raise Fail("%s failed: Slack answered %s %s" % (what, answer.status, answer.reason))
        return said

    def call(self, name: str, query: Message | None = None, data: Message | None = None) -> Message:
        """Call a function of Slack's interface. Raises Fail when there is no answer that can be read."""
        url = "https://%s/api/%s" % (self.domain, name)
        url += "?" + urllib.parse.urlencode(query) if query else ""
        body = None if data is None else json.dumps(data).encode()
        kind = "application/json; charset=UTF-8"
        said = self._ask("Slack's %s" % name, "GET" if data is None else "POST", url, body, kind)
        try:
            answer: Message = json.loads(said.decode())
        except ValueError:
            raise Fail("Slack's %s answered what is no JSON" % name) from None
        return answer

    def message(self, channel: str, name: str) -> Message:
        """Return the message of a name in a channel. Raises Fail when there is not one."""
        query = {"channel": channel, "ts": name, "limit": 1, "inclusive": "true"}
        answer = self.call("conversations.history", query)
        if not answer.get("ok"):
            raise Fail("Slack did not give the message: %s" % answer.get("error"), error=answer.get("error"))
        found: list[Message] = answer.get("messages", [])
        if len(found) != 1:
            raise Fail("there is no message '%s' in this channel" % name)
        return found[0]

    def post(self, message: Message) -> Message:
        """Send a message, or change the one that it names. Raises Fail."""
        if self.webhook:
            url = "https://hooks.%s/services/%s" % (self.domain, self.token)
            self._ask(
                "the webhook", "POST", url, json.dumps(message).encode(), "application/json; charset=UTF-8"
            )
            return {}
        answer = self.call("chat.update" if "ts" in message else "chat.postMessage", data=message)
        if not answer.get("ok"):
            raise Fail("Slack refused the message: %s" % answer.get("error"), error=answer.get("error"))
        return answer

    def upload(
        self, uploads: list[dict[str, Any]], strict: bool, place: Message, thread: str | None
    ) -> Message:
        """Put files into a channel; what cannot be put there is told as a warning, if that may be."""
        done: list[Message] = []
        for one in uploads:
            path = expand(self.request, one["path"])
            name = one.get("name") or os.path.basename(path)
            if not os.path.isfile(path):
                if strict:
                    raise Fail("the file '%s' is not there" % path)
                self.warnings.append("the file '%s' is not there: left out" % path)
                continue
            ticket = self._put(path, name)
            if ticket is not None:
                done.append({"id": ticket, "title": name})
        if not done:
            return {"ok": False, "msg": "No files were successfully uploaded"}
        end: Message = dict(place, files=done, initial_comment="Attached Files:")
        if thread:
            end["thread_ts"] = thread
        return self.call("files.completeUploadExternal", data=end)

    def _put(self, path: str, name: str) -> str | None:
        """Send a file's content and return its ID; None where Slack does not take it."""
        query = {"filename": name, "length": os.path.getsize(path)}
        ticket = self.call("files.getUploadURLExternal", query)
        if not ticket.get("ok"):
            error = ticket.get("error", "unknown_error")
            if error in _FATAL:
                raise Fail("Slack refused the file '%s': %s" % (name, error), error=error)
            self.warnings.append("Slack refused the file '%s': %s" % (name, error))
            return None
        body = b"".join(files.read(path))
        self._ask("the upload of '%s'" % name, "POST", ticket["upload_url"], body, "application/octet-stream")
        return ticket["file_id"]
