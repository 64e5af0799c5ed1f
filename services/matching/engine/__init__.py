"""The matching engine: people and a policy in, the best pairs with a proof out.

It knows numbers, not Kafka or SQL. Read it in this order: `words`, `skills` and `meaning` (what people write, made
comparable), `people` and `frame` (what goes in), `rules` (who may never meet), `terms` and `score` (how well
two people fit), `reasons` (the same in sentences), `survey` (all pairs), `problem`, `solve` and `prices` (the best
matching and its prices), `certificate` (the proof), `verify` (the proof checked by other code), `pins` (what people
decided before), `stability`, `segments`, `groups`, `shares`, `fairness` and `report` (what a coordinator looks at
besides), `unmatched` (why somebody has nobody), `cohort` and `shortlist` (what the service calls). For many people the
same is done faster: `columns`, `between`, `parts` and `sweep` are rules and scores in compiled code, `candidates`,
`market`, `auction`, `paths` and `raising` solve and price large cohorts, `check` is `verify` for millions of pairs. The
pairs of a large cohort are never kept: `pairs` says what a pass over them is, `streamed` and `passes` make them,
`running` spreads them over threads or machines, `asking` is the stable option in passes, `digest` ties the proof to all
of them. Shortlists that are kept: `live` (what the service calls), `growing`, `lines` and `roster` (the mentors as
columns that grow), `question` (what a mentee asks, as tables), `scan` (who is on the list).
`docs/matching.md` defines every number.
"""
