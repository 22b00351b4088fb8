"""Jinja2 over lazy variables: typed evaluation, filters, tests and lookups."""
