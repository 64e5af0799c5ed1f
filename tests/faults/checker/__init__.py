"""Judges what a row has left behind. Written apart from the code under test: nothing of chassis/ or services/ here.

Read in this order: `facts` (what can be known), `compare` (one promise each, findings as sentences),
`verdict` (all of them together), `reading` (facts from Kafka with confluent_kafka, from PostgreSQL with asyncpg).
"""

from tests.faults.checker.facts import Change, Effect, Facts, Record, Told
from tests.faults.checker.verdict import Verdict, check

__all__ = ["Change", "Effect", "Facts", "Record", "Told", "Verdict", "check"]
