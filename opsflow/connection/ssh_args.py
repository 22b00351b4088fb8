"""Arguments of the `ssh` program, as inventories give them: `-o ProxyJump=gate -i key -p 2222`.

They are read here into options of ssh_config(5); no ssh program is ever started.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from functools import cache

from opsflow.core.errors import InputError, did_you_mean

Option = tuple[str, str]

CONFIG_FILE = "-F"  # the pseudo option that names a configuration file

_OPTION_OF_FLAG = {
    "J": "ProxyJump",
    "i": "IdentityFile",
    "l": "User",
    "p": "Port",
    "b": "BindAddress",
    "c": "Ciphers",
    "m": "MACs",
    "F": CONFIG_FILE,
}
_OPTION_OF_SWITCH = {
    "4": ("AddressFamily", "inet"),
    "6": ("AddressFamily", "inet6"),
    "A": ("ForwardAgent", "yes"),
    "a": ("ForwardAgent", "no"),
    "C": ("Compression", "yes"),
}
_MEANINGLESS = "qvTtnxXYkK"  # what they change is the ssh program's own screen, terminal or forwarding
_FLAGS_WITH_VALUE = {*_OPTION_OF_FLAG, "o", "E", "S"}

# What asyncssh or this room acts on.
UNDERSTOOD = (
    "AddressFamily BindAddress CASignatureAlgorithms CertificateFile Ciphers Compression ConnectTimeout "
    "ConnectionAttempts ForwardAgent GlobalKnownHostsFile GSSAPIAuthentication GSSAPIDelegateCredentials "
    "GSSAPIKeyExchange HostbasedAuthentication HostKeyAlgorithms HostKeyAlias Hostname IdentitiesOnly "
    "IdentityAgent IdentityFile KbdInteractiveAuthentication KexAlgorithms MACs PasswordAuthentication "
    "PKCS11Provider Port PreferredAuthentications ProxyCommand ProxyJump PubkeyAuthentication RekeyLimit "
    "ServerAliveCountMax ServerAliveInterval StrictHostKeyChecking TCPKeepAlive User UserKnownHostsFile "
    "CanonicalDomains CanonicalizeFallbackLocal CanonicalizeHostname CanonicalizeMaxDots"
)
# What has no meaning here, or is what happens anyway: one connection is shared, nothing is asked.
_HARMLESS = (
    "BatchMode CheckHostIP ClearAllForwardings ControlMaster ControlPath ControlPersist EscapeChar "
    "ExitOnForwardFailure ForwardX11 ForwardX11Trusted HashKnownHosts IPQoS LogLevel LogVerbose "
    "NumberOfPasswordPrompts PermitLocalCommand RequestTTY SendEnv SetEnv Tunnel UpdateHostKeys "
    "VerifyHostKeyDNS VisualHostKey WarnWeakCrypto ChallengeResponseAuthentication PubkeyAcceptedAlgorithms "
    "PubkeyAcceptedKeyTypes"
)
_NAMES = {name.lower(): name for name in f"{UNDERSTOOD} {_HARMLESS}".split()}
_IGNORED = frozenset(_HARMLESS.split())


@cache
def parse_ssh_args(text: str, where: str) -> tuple[Option, ...]:
    """Return the options that a line of ssh arguments sets, in their order.

    Args:
        text: the arguments, quoted as for a shell.
        where: the variable or option that holds them, for messages.

    Raises:
        InputError: an argument that is not understood; none is ignored in silence.
    """
    try:
        words = iter(shlex.split(text))
    except ValueError as error:
        raise InputError.at(None, f"{where}: {error}: {text}") from None
    found: list[Option] = []
    for word in words:
        if not word.startswith("-") or len(word) < 2:
            raise InputError.at(None, f"{where}: '{word}' is not an option of ssh")
        found += _read_word(word[1:], words, where)
    return tuple(option for option in found if option[0] not in _IGNORED)


def _read_word(word: str, rest: Iterator[str], where: str) -> Iterator[Option]:
    """Read `o…`, `Cq`, `p2222`: letters without a value, then at most one with a value."""
    for at, flag in enumerate(word):
        if flag in _FLAGS_WITH_VALUE:
            value = word[at + 1 :] or next(rest, None)
            if value is None:
                raise InputError.at(None, f"{where}: -{flag} needs a value")
            if flag == "o":
                yield _read_option(value, where)
            elif flag in _OPTION_OF_FLAG:
                yield _OPTION_OF_FLAG[flag], value
            return
        if flag in _OPTION_OF_SWITCH:
            yield _OPTION_OF_SWITCH[flag]
        elif flag not in _MEANINGLESS:
            raise InputError.at(None, f"{where}: ssh's option -{flag} is not supported")


def _read_option(text: str, where: str) -> Option:
    """Read `Name=value` or `Name value`."""
    name, separator, value = text.strip().partition("=")
    if not separator or " " in name.strip():
        name, _, value = text.strip().partition(" ")
    known = _NAMES.get(name.strip().lower())
    if known is None:
        hint = did_you_mean(name, _NAMES.values())
        raise InputError.at(None, f"{where}: ssh's option {name} is not supported", hint=hint)
    if not value.strip():
        raise InputError.at(None, f"{where}: ssh's option {known} needs a value")
    return known, value.strip()
