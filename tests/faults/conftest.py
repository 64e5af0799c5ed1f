"""What every row uses: a ledger on real servers, the row's record, and the table at the end of the run.

Rows marked `full` are left out unless `extent` says otherwise (as in `make faults`).
"""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from pathlib import Path
from typing import TypeVar

import pytest

from tests.faults.extent import FULL, scaled
from tests.faults.page import RESULTS
from tests.faults.report.row import Row, now, read, recorded
from tests.faults.report.table import show
from tests.faults.rig.ledger import Ledger, open_ledger

T = TypeVar("T")
BEGAN = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """Remembers when this run began, of whose goes this may be one: its rows are those of the table at its end."""
    config.stash[BEGAN] = os.environ.get("FAULTS_SINCE") or now()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves the long rows out of the subset."""
    if FULL:
        return
    left_out = [item for item in items if item.get_closest_marker("full")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Ends the run with the table of the rows of this run."""
    rows = [row for row in read(RESULTS) if row.at >= config.stash[BEGAN]]
    if rows:
        terminalreporter.ensure_newline()
        show(rows)


@pytest.fixture(scope="session")
def scale() -> Callable[..., T]:
    """Gives the first in the subset, the second in the full run, the last in the long one: `scale(20, 40, 60)`."""
    return lambda subset, full, *long: scaled(subset, full, *(long or (full,)))


@pytest.fixture
def row(pytestconfig: pytest.Config) -> Callable[..., AbstractContextManager[Row]]:
    """Records a row: `with row("F1") as f1: …`."""

    def begin(fault: str, case: str = "", **more: str) -> AbstractContextManager[Row]:
        return recorded(Row(fault, case, full=FULL, **more), RESULTS)

    return begin


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for servers of the row's own; PostgreSQL gives up root and must still find it."""
    for path in (tmp_path, *tmp_path.parents[:2]):
        path.chmod(0o755)
    return tmp_path


Opening = Callable[..., AbstractAsyncContextManager[Ledger]]


@pytest.fixture
def a_ledger(postgres: str, kafka: str, keys: Path, tmp_path: Path) -> Opening:
    """Opens a ledger on the run's servers: `async with a_ledger() as ledger: await ledger.start(tellers=2)`."""

    def opening(*, mutation: str = "", **settings: object) -> AbstractAsyncContextManager[Ledger]:
        return open_ledger(postgres, kafka, keys, tmp_path / "ledger", mutation=mutation, **settings)

    return opening


@pytest.fixture
async def ledger(a_ledger: Opening) -> AsyncIterator[Ledger]:
    """A ledger of which nothing runs yet."""
    async with a_ledger() as opened:
        yield opened
