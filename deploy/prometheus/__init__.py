"""Prometheus: the rules, their tests, and a real one that scrapes the platform on this machine."""
