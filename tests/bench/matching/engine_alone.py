"""What the platform's run asks of the engine, without the platform: `python -m … .engine_alone FILE`."""

import json
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from contracts.matching import Policy
from services.matching.engine.cohort import match_cohort
from services.matching.engine.people import person_from
from services.matching.engine.warm import warm
from services.matching.files.people import read_people
from tests.bench.matching.through_platform import PROGRAM
from tests.bench.matching.timing import timed


def main(file: Path) -> None:
    """Matches and tells."""
    with tempfile.TemporaryDirectory() as name:
        profiles = read_people(file, {}, Path(name), now=datetime.now(UTC)).profiles
    people = [person_from(profile) for profile in profiles]
    seats = {profile.person_id: profile.mentor_seats for profile in profiles if "mentor" in profile.roles}
    policy = Policy.model_validate(PROGRAM)
    warm()
    result, seconds = timed(lambda: match_cohort(people, seats, policy, policy_version=1))
    told = result.certificate
    print(json.dumps({"seconds": seconds, "matched": told.matched, "score": told.score}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
