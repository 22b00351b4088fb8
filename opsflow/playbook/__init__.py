"""What: YAML with positions turned into typed plays, checked before any host is touched."""
