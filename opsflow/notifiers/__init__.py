"""Who is told about a run, and how: email, webhook, file, console.

    base ← email, webhook, file, console ← router

The router reads the configuration, and after a run gives each notifier that wants it the report. A notifier
that fails is told of and fails nothing.
"""
