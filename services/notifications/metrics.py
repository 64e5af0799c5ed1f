"""The numbers of letters, beside those of every service."""

from typing import get_args

from prometheus_client import Counter

from contracts.notifications import Template

LETTERS_TRIED = Counter(
    "mentoring_letters_tried",
    "Letters that were to leave, by what the mail server said: taken, refused, rejected, not-now or unknown.",
    ["template", "outcome"],
)
LETTERS_IN_DOUBT = Counter(
    "mentoring_letters_in_doubt", "Letters of which nobody knows whether the mail server took them."
)
OUTCOMES = ("taken", "refused", "rejected", "not-now", "unknown")

for _template in get_args(Template):
    for _outcome in OUTCOMES:
        LETTERS_TRIED.labels(_template, _outcome)
