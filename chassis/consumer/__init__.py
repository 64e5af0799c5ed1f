"""Hearing events: at least once from Kafka, with effect once, in order per key, nothing silently dropped.

Read in this order: `reactions` (what a service declares), `messages` (what came in), `batch` (one transaction
per batch), `settle` (retry, bisect, park), `parking`, `runtime` (FastStream), `watchdog`.
"""

from chassis.consumer.reactions import Reaction, on, on_each_batch

__all__ = ["Reaction", "on", "on_each_batch"]
