"""Questions that take no time: what counts as a difference, and how it is told."""

import pytest

from conformance.table import Answer, Row, Table

YES, NO = Answer("Successful"), Answer("Failed")


def error(words: str) -> Answer:
    return Answer("Error", words)


def table(*rows: Row) -> Table:
    return Table("conditions", "All of them.", rows)


@pytest.mark.parametrize(
    ("real", "embedded", "alike", "decisive"),
    [
        (YES, YES, True, None),
        (YES, NO, False, True),
        (error("why"), YES, False, True),
        (error("why"), error("what"), True, False),
        (error("why"), error("why"), True, None),
    ],
)
def test_another_decision_is_decisive_and_other_words_are_not(
    real: Answer, embedded: Answer, *, alike: bool, decisive: bool | None
) -> None:
    row = Row("result > 1", real, embedded)
    assert row.judged_alike is alike
    assert (row.difference.decisive if row.difference else None) is decisive


def test_the_figures_count_decisions_and_words() -> None:
    one = table(Row("a", YES, YES), Row("b", YES, NO), Row("c", error("why"), error("what")))
    assert one.figures == "2 of 3 conditions: same verdict as Argo Rollouts, 1 with the same text, too."
    assert not one.judged_alike


def test_what_decides_is_told_first() -> None:
    one = table(Row("words", error("why"), error("what")), Row("decision", YES, error("what")))
    assert [difference.where for difference in one.differences] == ["decision", "words"]
    assert str(one.differences[0]) == "decision:\n  Argo Rollouts: Successful\n  embedded:      Error: what"


def test_a_table_without_differences_tells_none() -> None:
    assert table(Row("a", YES, YES)).differences == []


def test_what_is_refused_by_name_is_counted_apart() -> None:
    rows = [Row("a", YES, NO, apart="Istio"), Row("b", YES, NO, apart="Istio"), Row("c", YES, NO, apart="jobs")]
    one = table(Row("d", YES, YES), *rows)
    assert one.judged_alike
    assert one.differences == []
    assert one.apart == {"Istio": 2, "jobs": 1}
    assert (
        one.figures
        == "1 of 4 conditions: same verdict as Argo Rollouts, 1 with the same text, too; 3 refused as unsupported."
    )
