"""How to reach a host: SSH or local, become, and the channel to the runner over there.

    settings, ssh_args     what inventory, playbook and command line say about the way to a host
    pool, session          what the rest of the program uses: a session for each host, closed at the end
    channel, bundle        calls to a runner over there, and the code that is sent to it
    stripping, stripped    how that code is made plain, and where it is kept
    launch, raw            starting a runner; running a line in a shell without one
    become, gate           sudo, su and doas: their command lines, prompts and refusals
    process                what a transport is: it starts commands
      local                  on this machine
      ssh, ssh_connect       over SSH: a connection that is up, and how it comes up
        ssh_config             ssh_config(5), with a host's own options above the files
        ssh_route              straight, through a jump host, through a program
        ssh_lean               packets that are left out
        identities             private keys and the agent
        known_hosts            which host keys are trusted
    asyncssh_import        a quick way to import it
    launch_errors, ssh_errors  what went wrong, in sentences

Only the modules named ssh* (but ssh_args) and identities import asyncssh, which takes long: they are
imported when the first host is connected over SSH.
"""
