"""How simulated people answer what they are asked: through the public APIs only, with their own tokens."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from deploy.local.demo.agenda import Act, Agenda, Turn
from deploy.local.demo.choices import Choices
from deploy.local.demo.observer import Seen
from deploy.local.demo.platform_api import PlatformApi
from deploy.local.demo.skills import REFUSALS

RHYTHMS = {"weekly": 7, "every-two-weeks": 14, "monthly": 28, "quarterly": 84}
USUAL_RHYTHMS = ("weekly", *3 * ("every-two-weeks",), *3 * ("monthly",))
CHANNELS = ("video", "in-person", "phone")
MEET_AT = time(15, tzinfo=UTC)
DAY = timedelta(days=1)
Body = dict[str, Any]


class People:
    """Reacts to what was told, by putting acts on the agenda."""

    def __init__(self, api: PlatformApi, agenda: Agenda, choices: Choices) -> None:
        self._api = api
        self._agenda = agenda
        self._choices = choices
        self._profiles: dict[str, Body] = {}
        self._pairs: dict[str, Body] = {}
        self._reactions: dict[str, Callable[[Body, date], None]] = {
            "profile-updated": self._know,
            "match-proposed": self._asked,
            "relationship-started": self._started,
            "agreement-due": self._reminded_to_agree,
            "agreement-diverged": self._diverged,
            "agreement-signed": self._signed,
            "relationship-closed": self._closed,
            "checkin-due": self._checked_on,
        }

    def hear(self, seen: Seen, today: date) -> None:
        """Somebody may want to do something about this."""
        react = self._reactions.get(seen.name)
        if react:
            react(seen.body, today)

    def _know(self, profile: Body, _today: date) -> None:
        self._profiles[profile["person_id"]] = profile

    def _asked(self, offer: Body, today: date) -> None:
        """Most say yes, some no, some nothing at all."""
        for person in offer["undecided"]:
            other = offer["mentor_id"] if person == offer["mentee_id"] else offer["mentee_id"]
            mood = self._choices.share("offer", person, other)
            if mood > 0.92:  # noqa: PLR2004 - stays silent
                continue
            day = today + DAY * self._choices.days(2, "offer-day", person, other)
            accepts = mood < 0.80  # noqa: PLR2004
            requested = offer["origin"] == "request"
            turn = (Turn.ANSWER_REQUEST if requested else Turn.ACCEPT) if accepts else Turn.DECLINE
            body = {} if accepts else {"reason": self._choices.one_of(REFUSALS, person, other)}
            path = f"/v1/matches/{offer['match_id']}/{'accept' if accepts else 'decline'}"
            self._agenda.add(day, Act(turn, person, other, self._post(person, "matching", path, body or None)))

    def _started(self, pair: Body, today: date) -> None:
        self._pairs[pair["relationship_id"]] = pair
        start = max(today, date.fromisoformat(pair["starts_on"]))
        for person, role in ((pair["mentee_id"], "mentee"), (pair["mentor_id"], "mentor")):
            if self._choices.happens(0.9, "agrees", person, pair["mentee_id"]):
                day = start + DAY * (1 + self._choices.days(4, "agrees-day", person, pair["mentee_id"]))
                self._agree(day, pair, person, self._wish(pair, role))
        if self._choices.happens(0.04, "ends-early", pair["mentee_id"]):
            path = f"/v1/relationships/{pair['relationship_id']}/close"
            act = Act(Turn.LEAVE, pair["mentee_id"], "close", self._post(pair["mentee_id"], "engagement", path))
            self._agenda.add(start + 40 * DAY, act)

    def _wish(self, pair: Body, role: str) -> Body:
        """The mentor often wants what the mentee wants, but not always."""
        mentee = pair["mentee_id"]
        same = role == "mentee" or self._choices.happens(0.7, "same-wish", mentee)
        asked = mentee if same else pair["mentor_id"]
        rhythm = self._choices.one_of(USUAL_RHYTHMS, "rhythm", asked)
        wants = [want["skill"] for want in self._profiles.get(mentee, {}).get("wants", [])][:2]
        channel = self._choices.one_of(CHANNELS, "channel", mentee)
        return {"rhythm": rhythm, "channel": channel, "focus": wants or ["finding my way"], "weeks": 12}

    def _agree(self, day: date, pair: Body, person: str, wish: Body) -> None:
        path = f"/v1/relationships/{pair['relationship_id']}/agreement"

        async def fill() -> None:
            await self._api.put(person, "participant", "engagement", path, wish)

        self._agenda.add(day, Act(Turn.WORK_TOGETHER, person, f"agree {pair['mentee_id']}", fill))

    def _reminded_to_agree(self, pair: Body, today: date) -> None:
        for person, role in ((pair["mentee_id"], "mentee"), (pair["mentor_id"], "mentor")):
            silent = not self._choices.happens(0.9, "agrees", person, pair["mentee_id"])
            if silent and self._choices.happens(0.8, "agrees-late", person, pair["mentee_id"]):
                self._agree(today + DAY, pair, person, self._wish(pair, role))

    def _diverged(self, pair: Body, today: date) -> None:
        """They talk; mostly the mentor takes the mentee's wish."""
        if self._choices.happens(0.85, "gives-way", pair["mentor_id"], pair["mentee_id"]):
            self._agree(today + 4 * DAY, pair, pair["mentor_id"], self._wish(pair, "mentee"))

    def _signed(self, pair: Body, today: date) -> None:
        known = self._pairs[pair["relationship_id"]]
        known["agreement"] = pair["agreement"]
        self._plan_meeting(known, max(today, date.fromisoformat(known["starts_on"])) + 2 * DAY, 1)

    def _plan_meeting(self, pair: Body, day: date, number: int) -> None:
        every = RHYTHMS[pair["agreement"]["rhythm"]]
        day = _monday_or_tuesday(day)  # they meet three days later, on a working day
        if day + 3 * DAY >= date.fromisoformat(pair["ends_on"]):
            return
        self._agenda.add(
            day, Act(Turn.WORK_TOGETHER, pair["mentee_id"], f"meet {number}", self._meet(pair, day, number))
        )
        self._plan_meeting(pair, day + every * DAY, number + 1)

    def _meet(self, pair: Body, day: date, number: int) -> Callable[[], Any]:
        mentee, relationship = pair["mentee_id"], pair["relationship_id"]
        starts_at = datetime.combine(day + 3 * DAY, MEET_AT)

        async def schedule() -> None:
            if pair.get("closed"):
                return
            body = {"starts_at": starts_at.isoformat(), "channel": pair["agreement"]["channel"]}
            path = f"/v1/relationships/{relationship}/meetings"
            made = await self._api.post(mentee, "participant", "engagement", path, body, about=f"meeting {number}")
            takes_place = self._choices.happens(0.92, "meets", mentee, number)
            end = f"/v1/meetings/{made['id']}/{'held' if takes_place else 'cancel'}"
            later = Act(Turn.WORK_TOGETHER, mentee, f"met {number}", self._post(mentee, "engagement", end))
            self._agenda.add(day + (3 if takes_place else 2) * DAY, later)

        return schedule

    def _closed(self, pair: Body, _today: date) -> None:
        self._pairs[pair["relationship_id"]]["closed"] = True

    def _checked_on(self, checkin: Body, today: date) -> None:
        """The reliable answer in time; the others let some go by."""
        person, number = checkin["person_id"], checkin["number"]
        reliable = self._choices.happens(0.75, "reliable", person)
        if not self._choices.happens(0.95 if reliable else 0.45, "answers", person, number):
            return
        pulse = 1 + min(4, int(2 + 3 * self._choices.share("pulse", person, number)))
        body = {"pulse": pulse, "went_well": "we talked openly", "missing": "a little more time"}
        path = f"/v1/checkins/{checkin['checkin_id']}/answer"
        day = today + DAY * self._choices.days(1, "answers-day", person, number)
        self._agenda.add(
            day, Act(Turn.WORK_TOGETHER, person, f"checkin {number}", self._post(person, "engagement", path, body))
        )

    def _post(self, person: str, service: str, path: str, body: Body | None = None) -> Callable[[], Any]:
        async def post() -> None:
            await self._api.post(person, "participant", service, path, body)

        return post


def _monday_or_tuesday(day: date) -> date:
    return day if day.weekday() <= 1 else day + (7 - day.weekday()) * DAY
