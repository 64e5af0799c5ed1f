"""The registry of topics, and who may do what on them, held against the broker.

Read in this order: `wanted` (what should be), `changes` (what differs, and what may be done about it), `broker` (asking
and changing), `command`.
"""
