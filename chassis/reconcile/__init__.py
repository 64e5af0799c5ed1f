"""What was committed against what is on the topics: nothing lost on the way, nothing there that nobody told.

`streams` holds the number of the last event told about each key, counted in the transaction of the state: it knows what
must be on a topic, whatever became of the outbox row. Read in this order: `books` (what a topic must hold and does),
`store` (what the database says), `compare` (one topic, then all), `command`, `periodic`.
"""
