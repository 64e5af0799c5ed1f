"""What callers see of an import."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.http import Page, Paging
from services.hr_file.entry import Refusal
from services.profiles.imports.store import Import

_SCANNING = 0.3
"""The share of the time that looking for doubles and circles takes, roughly."""


class RejectedRow(BaseModel):
    """A row that did not go in."""

    line: int = Field(description="physical line where the row begins; the header is line 1")
    column: str = Field(description="header of the column, or empty if the whole row is the matter")
    reason: str
    mend: str = Field(description="what to do about it")
    cells: list[str] = Field(description="the row's own cells, in the order of the file")


class ImportView(BaseModel):
    """An HR file and what became of its rows."""

    import_id: UUID
    state: str = Field(description="receiving, scanning (doubles, managers), applying, done")
    share_done: float = Field(description="0 to 1")
    rows: int = Field(description="rows worked through; added + changed + unchanged + refused")
    added: int
    changed: int
    unchanged: int
    refused: int
    ignored_columns: list[str] = Field(description="columns of the file that mean nothing to us")
    received_at: datetime
    finished_at: datetime | None
    rejected: Page[RejectedRow]


def view(current: Import, refusals: Sequence[Refusal] = (), asked: Paging | None = None) -> ImportView:
    """Shows an import with a page of its refused rows."""
    taken = current.taken
    rejected = [_rejected(each) for each in refusals]
    return ImportView(
        import_id=current.id,
        state=current.state,
        share_done=_share_done(current),
        rows=taken.added + taken.changed + taken.unchanged + current.refused,
        added=taken.added,
        changed=taken.changed,
        unchanged=taken.unchanged,
        refused=current.refused,
        ignored_columns=list(current.header.ignored) if current.header else [],
        received_at=current.received_at,
        finished_at=current.finished_at,
        rejected=(asked or Paging()).page(rejected, lambda row: (row.line,)),
    )


def _rejected(each: Refusal) -> RejectedRow:
    return RejectedRow(line=each.line, column=each.column, reason=each.reason, mend=each.mend, cells=list(each.cells))


def _share_done(current: Import) -> float:
    read = current.place.offset / current.size if current.size else 1.0
    shares = {"receiving": 0.0, "scanning": _SCANNING * read, "applying": _SCANNING + (1 - _SCANNING) * read}
    return round(shares.get(current.state, 1.0), 4)
