"""What is measured: a file a theme."""
