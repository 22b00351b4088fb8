"""user: accounts of a host."""

from __future__ import annotations

from typing import Literal

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Float, Int, Path, StrList, Text, arg


@modules.register("user")
class User(Module):
    """Add, change and remove users.

    `password` is a hash as in /etc/shadow. Options for other systems than Linux are accepted and have no
    meaning: authorization, hidden, login_class, profile, role; so has seuser.

    Returns:
        name, uid, group, groups, home, shell, comment, system, state: the account.
        ssh_key_file, ssh_public_key, ssh_fingerprint: the key that was made.

    Examples:
        - name: Have an account for the application
          user:
            name: app
            system: true
            home: /srv/app
            shell: /usr/sbin/nologin

        - name: Add a person to a group, with a password
          user:
            name: anna
            password: "{{ anna_password | password_hash(salt=anna_salt) }}"
            groups: [sudo]
            append: true
            update_password: on_create

        - name: Remove an account with its files
          user:
            name: bob
            state: absent
            remove: true
    """

    class Args(ModuleArgs):
        name: Text = arg(..., "user")
        state: Literal["present", "absent"] = "present"
        uid: Int | None = None
        non_unique: Bool = False
        uid_min: Int | None = None
        uid_max: Int | None = None
        group: Text | None = None
        groups: StrList | None = None
        append: Bool = False
        comment: Text | None = None
        shell: Path | None = None
        system: Bool = False
        home: Path | None = None
        create_home: Bool = arg(True, "createhome")
        move_home: Bool = False
        skeleton: Text | None = None
        umask: Text | None = None
        password: Text | None = arg(None, secret=True)
        update_password: Literal["always", "on_create"] = "always"  # noqa: S105
        password_lock: Bool | None = None
        password_expire_min: Int | None = None
        password_expire_max: Int | None = None
        password_expire_warn: Int | None = None
        password_expire_account_disable: Int | None = None
        expires: Float | None = None
        remove: Bool = False
        force: Bool = False
        local: Bool = False
        generate_ssh_key: Bool = False
        ssh_key_file: Path | None = None
        ssh_key_type: Text = "rsa"
        ssh_key_bits: Int | None = None
        ssh_key_comment: Text | None = None
        ssh_key_passphrase: Text | None = arg(None, secret=True)
        authorization: Text | None = None
        hidden: Bool | None = None
        login_class: Text | None = None
        profile: Text | None = None
        role: Text | None = None
        seuser: Text | None = None

    target = "user.run"
