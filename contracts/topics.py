"""Every topic, declared once. Creation, access rules and the subscribers' pages are made from this list."""

from dataclasses import dataclass
from enum import IntEnum

MATCHES_KEPT_DAYS = 400
LETTERS_KEPT_DAYS = 30


class DataClass(IntEnum):
    """How carefully a value must be handled. A field may never be above the class of its topic."""

    PUBLIC = 0
    """May leave the company."""
    INTERNAL = 1
    """Working data: ids, skills, wants, goals, states, instants."""
    PERSONAL = 2
    """Names and addresses: the restricted contact topic only."""
    SENSITIVE = 3
    """Private answers and notes: on no topic at all."""


@dataclass(frozen=True)
class Topic:
    """One kind of aggregate's story.

    `retention_days=None` keeps it for ever; a compacted topic keeps the last fact of each key.
    """

    name: str
    owner: str
    """The one service that tells on it."""
    key: str
    """The field of the event whose value is the Kafka key and `ce_subject`."""
    partitions: int
    retention_days: int | None
    compacted: bool
    data_class: DataClass
    about: str


def _kept(name: str, key: str, partitions: int, data_class: DataClass, about: str) -> Topic:
    return Topic(name, name.split(".", maxsplit=1)[0], key, partitions, None, True, data_class, about)


def _story(name: str, key: str, partitions: int, days: int, about: str) -> Topic:
    return Topic(name, name.split(".", maxsplit=1)[0], key, partitions, days, False, DataClass.INTERNAL, about)


PERSON = _kept(
    "profiles.person.v1",
    "person_id",
    6,
    DataClass.INTERNAL,
    "Everyone's current profile, without names and addresses; and who left.",
)
CONTACT = _kept(
    "profiles.contact.v1",
    "person_id",
    6,
    DataClass.PERSONAL,
    "Names and addresses. Restricted: only who writes to people may read it.",
)
PROGRAM = _kept(
    "matching.program.v1",
    "program_id",
    1,
    DataClass.INTERNAL,
    "Mentoring programs with their policy, version by version.",
)
RUN = _story(
    "matching.run.v1",
    "run_id",
    1,
    MATCHES_KEPT_DAYS,
    "Cohort runs: what was matched and how close to the proven best.",
)
MATCH = _story(
    "matching.match.v1",
    "match_id",
    6,
    MATCHES_KEPT_DAYS,
    "Offers and what became of them.",
)
SHORTLIST = _kept(
    "matching.shortlist.v1",
    "shortlist_id",
    6,
    DataClass.INTERNAL,
    "Who would suit a mentee now, in programs that keep shortlists; each event holds the whole list.",
)
RELATIONSHIP = _story(
    "engagement.relationship.v1",
    "relationship_id",
    6,
    MATCHES_KEPT_DAYS,
    "The story of each pair: agreement, meetings, check-ins, end.",
)
LETTER = _story(
    "notifications.letter.v1",
    "letter_id",
    3,
    LETTERS_KEPT_DAYS,
    "Letters sent, held back and refused; never their text or address.",
)

SUBSCRIPTION = _story(
    "webhooks.subscription.v1",
    "subscription_id",
    1,
    MATCHES_KEPT_DAYS,
    "Subscriptions to webhooks that were paused because their receiver is away.",
)

TOPICS = (PERSON, CONTACT, PROGRAM, RUN, MATCH, SHORTLIST, RELATIONSHIP, LETTER, SUBSCRIPTION)
