"""What runs over there: standard-library code, sent through the channel, Python 3.6 and newer."""
