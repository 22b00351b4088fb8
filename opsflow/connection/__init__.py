"""How to reach a host: SSH or local, become, and the channel to the runner over there."""
