"""The HR file: bytes in, people or refused rows out. A library and no service: it has no schema and tells nothing.

The profiles service imports such files; matching reads them without any server. Read `header.py`, `record.py` and
`rows.py` (bytes to rows), then `cells.py`, `skill_cells.py`, `entry.py` (rows to values or refusals), `judging.py`
(what only the whole file can tell); then `profile.py` and `rejected.py`, what becomes of either.
"""
