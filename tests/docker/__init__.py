"""Tests of the modules for Docker on a real daemon, which is started for them and thrown away."""
