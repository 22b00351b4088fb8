"""The small typed core: errors, events, results, registries and driver interfaces."""
