"""Names that older Pythons did not have."""
