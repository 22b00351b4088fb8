"""Who is told about a run, of what and how: email, apprise, webhook, file, console.

    message ← base ← email, apprise, webhook, file, console
    configured   from a `notifiers:` list to notifiers
    happenings   from events to what there is to tell        sample        a run that never was, for tests
    routes       which of it goes to whom                    surroundings  groups and environments of hosts
    report, compose   from what there is to tell to a message
    router       all of these together, while a run goes on
    courier      delivers messages in a thread of its own, by way of the ledger's outbox

Notifiers are dumb: they deliver what they get. One that fails is told of and fails nothing.
"""
