"""The storm: a company lives on the whole platform while random faults hit it; then calm, then the checker.

Read in this order: `weather` (what hits, seeded), `traces` (what the platform has left behind), `judge` (what must
hold), `__main__` (`make storm MINUTES=5 SEED=1`).
"""
