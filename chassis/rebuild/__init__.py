"""Read models filled again from the topics, beside the live ones, and put right where they differ.

A read model is a table that holds nothing but what others told. A second one of the same name is filled in a temporary
schema by the same functions, up to where the live consumer stands; rows that differ are replaced in one short
transaction. Nothing is told, no letter is written, no timer set. Read in this order: `model`, `store` (SQL),
`position` (how far the live consumer is), `filling`, `work` (rounds and the swap), `command`.
"""

from chassis.rebuild.model import ReadModel

__all__ = ["ReadModel"]
