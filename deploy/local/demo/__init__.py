"""A company lives through a 12-week program on the real platform. Start with `__main__.py`, then `life.py`."""
