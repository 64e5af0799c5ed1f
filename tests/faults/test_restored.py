"""PostgreSQL is taken back to an earlier instant while the topics are ahead: what is lost is what the page says."""

import asyncio
import time
from collections import Counter

import pytest

from tests.faults.extent import scaled
from tests.faults.restored.company import Company
from tests.faults.restored.drill import Drill
from tests.faults.restored.judging import (
    agrees_with_its_subscriber,
    has_lost_the_rest,
    keeps_what_was_told,
    lost_for_good,
    says_so,
    writes_no_letter_twice,
)

SIZE = 40


@pytest.mark.full
@pytest.mark.parametrize("minutes", scaled([0], [0], [0, 5]))
async def test_a_restored_database_catches_up_with_its_topics_and_loses_what_is_documented(row, folder, minutes):
    with row("F23", "PostgreSQL is restored to " + (f"{minutes} minutes ago" if minutes else "a moment ago")) as f23:
        drill = Drill(folder / "platform")
        try:
            await drill.start()
            company = Company(drill, SIZE)
            await company.before()
            instant = await asyncio.to_thread(drill.point.now)
            began = time.monotonic()
            await company.after()
            while time.monotonic() - began < 60 * minutes:
                await company.say_goals(f"to be forgotten after {time.monotonic() - began:.0f} s")
                await asyncio.sleep(1)
            await drill.quiet.wait()
            await drill.subscribe()
            sent = Counter(drill.letters())
            await drill.restore(instant)
            f23.inject("restore to an earlier instant")
            f23.recovered(time.monotonic() - began)

            await says_so(drill)
            await keeps_what_was_told(drill, company)
            await has_lost_the_rest(drill, company)
            await company.letters_go()
            await company.bring_in(company.changed(), "after")
            await writes_no_letter_twice(drill, sent)
            assert await drill.lost() == lost_for_good(company, await drill.listed())
            assert await drill.quiet.parked() == 0
            assert await drill.broken_after_restore() == []
            assert await drill.different_from_topics() == []
            await agrees_with_its_subscriber(drill)
            f23.measured |= {
                "told before": len(await drill.listed()),
                "lost": (await drill.lost()).total(),
                "letters before and after": f"{sent.total()}, {len(drill.letters())}",
            }
        finally:
            await drill.stop()
