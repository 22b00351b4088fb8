"""A throwaway fleet of real Debian hosts on this machine, for tests, demos and benchmarks."""
