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
        """The user's name."""
        state: Literal["present", "absent"] = "present"
        """Whether there is such a user."""
        uid: Int | None = None
        """The number."""
        non_unique: Bool = False
        """Allow a number that another user has."""
        uid_min: Int | None = None
        """The lowest number for a new user."""
        uid_max: Int | None = None
        """The highest number for a new user."""
        group: Text | None = None
        """The user's own group."""
        groups: StrList | None = None
        """Other groups that the user is in."""
        append: Bool = False
        """Add to `groups` and leave the others; if not, those are all."""
        comment: Text | None = None
        """The real name."""
        shell: Path | None = None
        """The login shell."""
        system: Bool = False
        """Make a new user one of the system."""
        home: Path | None = None
        """The home directory."""
        create_home: Bool = arg(True, "createhome")
        """Make the home directory."""
        move_home: Bool = False
        """Move the old home directory to the new place."""
        skeleton: Text | None = None
        """The directory whose files a new home directory gets."""
        umask: Text | None = None
        """The umask for a new home directory, in quotes."""
        password: Text | None = arg(None, secret=True)
        """The password as crypt writes it, never the password itself; `!` and `*` let nobody in."""
        update_password: Literal["always", "on_create"] = "always"  # noqa: S105
        """Whether the password is set each time or for new users only."""
        password_lock: Bool | None = None
        """Whether the password is locked."""
        password_expire_min: Int | None = None
        """Days that a password must stay."""
        password_expire_max: Int | None = None
        """Days after which a password must change."""
        password_expire_warn: Int | None = None
        """Days of warning before that."""
        password_expire_account_disable: Int | None = None
        """Days after that until the account is closed."""
        expires: Float | None = None
        """When the account ends, in seconds since 1970; negative means never."""
        remove: Bool = False
        """Remove the home directory and mail with the user."""
        force: Bool = False
        """Remove the user even where processes run; remove files that others own."""
        local: Bool = False
        """Look at the host's own files only, not at LDAP and the like."""
        generate_ssh_key: Bool = False
        """Make an SSH key for the user if there is none."""
        ssh_key_file: Path | None = None
        """Where that is, below the home directory."""
        ssh_key_type: Text = "rsa"
        """Its kind."""
        ssh_key_bits: Int | None = None
        """Its size."""
        ssh_key_comment: Text | None = None
        """Its comment."""
        ssh_key_passphrase: Text | None = arg(None, secret=True)
        """Its passphrase."""
        authorization: Text | None = None
        """Has no meaning on Linux."""
        hidden: Bool | None = None
        """Has no meaning on Linux."""
        login_class: Text | None = None
        """Has no meaning on Linux."""
        profile: Text | None = None
        """Has no meaning on Linux."""
        role: Text | None = None
        """Has no meaning on Linux."""
        seuser: Text | None = None
        """Has no meaning here."""

    target = "user.run"
