"""`opsflow lab`: a throwaway fleet of real Debian hosts on this machine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="A throwaway fleet of real Debian hosts on this machine.", no_args_is_help=True)
repo = typer.Typer(help="The lab's own package repository.", no_args_is_help=True)
app.add_typer(repo, name="repo")

Name = Annotated[str, typer.Option("--name", help="Which lab.")]


@app.command()
def up(
    name: Name = "lab",
    count: Annotated[int, typer.Option("-n", "--hosts", help="How many hosts.")] = 3,
    release: Annotated[
        list[str] | None, typer.Option(help="bullseye, bookworm or trixie; several are taken in turn.")
    ] = None,
    ubuntu: Annotated[int, typer.Option(help="How many of the hosts say that they are Ubuntu 24.04.")] = 0,
    mirror: Annotated[
        bool, typer.Option("--mirror", help="Hosts may use this machine's Debian mirror.")
    ] = False,
    inventory: Annotated[Path | None, typer.Option(help="Write the inventory to this file too.")] = None,
) -> None:
    """Bring a lab up. One that exists is brought to this shape; its healthy hosts are kept."""
    import shutil

    from opsflow.lab import Lab

    lab = Lab.up(name, count, release or ["bookworm"], ubuntu, mirror=mirror, report=_say)
    path = lab.inventory
    if inventory is not None:
        inventory.parent.mkdir(parents=True, exist_ok=True)
        path = Path(shutil.copy(lab.inventory, inventory))
    _say(f"lab '{name}' is up with {len(lab.hosts)} hosts; inventory: {path}")


@app.command()
def status(name: Annotated[str | None, typer.Option(help="Which lab; all without it.")] = None) -> None:
    """Show the labs of this machine and their hosts."""
    from opsflow.lab import Lab, lab_names

    names = [name] if name is not None else lab_names()
    if not names:
        _say("no lab is up; bring one up with 'opsflow lab up'")
    for each in names:
        lab = Lab.load(each)
        typer.echo(f"{lab.name}: {lab.inventory}")
        for host in lab.hosts:
            state = "running" if lab.running(host.name) else "off"
            typer.echo(f"  {host.name:5} {host.address:13} {host.release:9} {host.identity:7} {state}")


@app.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def ssh(
    host: str,
    command: Annotated[list[str] | None, typer.Argument(help="What to run; a shell without it.")] = None,
    name: Name = "lab",
) -> None:
    """Log in to a host as the user 'ops', or run a command there."""
    import subprocess

    from opsflow.lab import Lab

    done = subprocess.run(Lab.load(name).ssh_command(host, command or ()), check=False)
    raise typer.Exit(done.returncode)


@app.command()
def reset(host: str, name: Name = "lab") -> None:
    """Give a host a fresh disk and boot it again, with the same address and SSH key."""
    from opsflow.lab import Lab

    Lab.load(name).reset(host)
    _say(f"{host} is as new")


@app.command()
def start(host: str, name: Name = "lab") -> None:
    """Power a host on."""
    from opsflow.lab import Lab

    Lab.load(name).start(host)


@app.command()
def stop(host: str, name: Name = "lab") -> None:
    """Cut a host's power."""
    from opsflow.lab import Lab

    Lab.load(name).stop(host)


@app.command()
def down(name: Name = "lab") -> None:
    """Remove a lab with all that belongs to it, also one that was made by half."""
    from opsflow.lab import remove

    _say(f"lab '{name}' is gone" if remove(name) else f"there is no lab '{name}'")


@repo.command()
def publish(
    package: Annotated[str, typer.Argument(help="opsflow-demo-app, -lib, -conf, or any other name.")],
    version: str,
    postinst_fails: Annotated[bool, typer.Option("--postinst-fails", help="Configuring it fails.")] = False,
    reboot_required: Annotated[bool, typer.Option("--reboot-required", help="It asks for a reboot.")] = False,
    conffile: Annotated[bool, typer.Option("--conffile", help="/etc/PACKAGE.conf changes with it.")] = False,
    security: Annotated[bool, typer.Option("--security", help="Into the -security suites.")] = False,
    depends: Annotated[str, typer.Option(help="Its Depends field.")] = "",
    only: Annotated[
        str, typer.Option(help="Only for the release of this code name; a new one can be upgraded to.")
    ] = "",
    file: Annotated[Path | None, typer.Option(help="Publish this .deb and build none.")] = None,
    name: Name = "lab",
) -> None:
    """Publish a package; hosts see it after their next 'apt-get update'."""
    from opsflow.lab import Lab

    repository = Lab.load(name).repo
    if file is not None:
        deb = repository.publish_file(file, security=security)
    else:
        deb = repository.publish(
            package,
            version,
            depends=depends,
            only=only,
            postinst_fails=postinst_fails,
            reboot_required=reboot_required,
            conffile=conffile,
            security=security,
        )
    _say(f"published {deb.name}")


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)


def main() -> None:
    """Run these commands alone, as `python -m opsflow.cli.lab`."""
    from opsflow.core.errors import OpsFlowError

    try:
        app()
    except OpsFlowError as error:
        _say(f"opsflow: {error.message}" + (f"; {error.hint}" if error.hint else ""))
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
