"""The table: a row is written down however it ends, and the page names also what was not run."""

import pytest

from tests.faults.checker import Verdict
from tests.faults.page import BEGIN, END, replaced
from tests.faults.report.row import NotRun, Row, read, recorded
from tests.faults.report.table import markdown
from tests.goes import worst


def test_a_row_that_holds_is_written_with_its_counts(tmp_path):
    with recorded(Row("F1"), tmp_path) as row:
        row.inject("SIGKILL", 2)
        row.judge(Verdict(committed=7, duplicates=3))
        row.judge(Verdict(committed=1))
        row.recovered(1.0)
        row.recovered(0.5)
    (found,) = read(tmp_path)
    assert (found.outcome, found.injected, found.recovery) == ("held", {"SIGKILL": 2}, 1.0)
    assert (found.counts["committed"], found.counts["duplicates"], found.promises) == (8, 3, "P1 P2 P3")


def test_a_finding_fails_the_row_and_is_written_as_its_reason(tmp_path):
    with pytest.raises(AssertionError, match="P1: something is lost"), recorded(Row("F1"), tmp_path) as row:
        row.judge(Verdict(lost=1, broken={"P1": ["something is lost"]}))
    (found,) = read(tmp_path)
    assert (found.outcome, found.reason, found.counts["lost"]) == ("broken", "P1: something is lost", 1)


def test_a_row_that_cannot_run_is_named_and_never_counts_as_held(tmp_path):
    with pytest.raises(pytest.skip.Exception, match="F2 was not run: strace is missing"), recorded(Row("F2"), tmp_path):
        raise NotRun("strace is missing")
    (found,) = read(tmp_path)
    assert (found.outcome, found.reason) == ("not run", "strace is missing")


def test_the_page_names_every_fault_of_the_matrix_also_those_without_a_result():
    table = markdown([Row("F1", outcome="held", injected={"SIGKILL": 40})])
    assert "SIGKILL 40 times" in table
    assert "| F15 the disk is full |  |  |  |  |  |  |  |  | not run |" in table


def test_the_table_goes_between_the_marks_and_nothing_else_changes():
    assert replaced(f"a\n{BEGIN}\nold\n{END}\nb", "new") == f"a\n{BEGIN}\nnew\n{END}\nb"
    with pytest.raises(SystemExit, match="once each"):
        replaced("no marks", "new")


def test_a_go_without_rows_says_nothing_and_a_red_one_is_never_covered_by_a_green_one():
    nothing = int(pytest.ExitCode.NO_TESTS_COLLECTED)
    assert (worst([nothing, 0]), worst([1, 0]), worst([0, 1]), worst([1, nothing])) == (0, 1, 1, 1)
    assert worst([nothing, nothing]) == nothing
