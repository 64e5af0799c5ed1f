"""A whole cohort out of profiles and a program, written to the folder of a run."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError

from contracts.matching import Policy
from contracts.profiles import ProfileUpdated
from services.matching.engine.certificate import Certificate
from services.matching.engine.cohort import settle_cohort
from services.matching.engine.frame import frame_of
from services.matching.engine.groups import Groups
from services.matching.engine.meaning import meaning_of
from services.matching.engine.people import person_from
from services.matching.engine.report import Report, report
from services.matching.engine.survey import Progress
from services.matching.engine.unmatched import why_unmatched
from services.matching.files.run import write_run
from services.matching.files.tables import BadFile


def read_profiles(path: Path) -> Iterator[ProfileUpdated]:
    """The last `profile-updated` of each person: one JSON body a line, as they stand on the topic."""
    last: dict[str, ProfileUpdated] = {}
    line = 0
    try:
        with path.open(encoding="utf-8-sig") as file:
            for body in file:
                line += 1
                if body.strip():
                    profile = ProfileUpdated.read(body)
                    last[profile.person_id] = profile
    except ValidationError as error:
        first = error.errors()[0]
        raise BadFile(f"{path.name}, line {line}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{path} cannot be read: {error}") from None
    yield from last.values()


def match_files(
    profiles: Iterable[ProfileUpdated],
    policy: Policy,
    out: Path,
    *,
    paraphrases: bool = False,
    groups: Groups | None = None,
    progress: Progress | None = None,
) -> tuple[Certificate, Report]:
    """Matches everybody who takes part; each mentor has the seats of their profile.

    `groups` that people opted into are for the report, and for steering where the policy asks for it. With
    `paraphrases` goals that mean the same count as those that share words.
    """
    known = list(profiles)
    people = [person_from(profile) for profile in known]
    seats = {profile.person_id: profile.mentor_seats for profile in known if "mentor" in profile.roles}
    frame = frame_of(policy, people, meaning=meaning_of(people) if paraphrases else None)
    outcome, found = settle_cohort(people, seats, frame, policy_version=1, groups=groups, progress=progress)
    left = (why_unmatched(mentee, outcome, found) for mentee in outcome.unmatched())
    told = report(outcome, {person.id: person for person in people}, found, groups or {})
    write_run(out, outcome, ((one.mentee_id, one.text) for one in left), told)
    return outcome.certificate, told
