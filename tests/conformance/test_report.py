"""What is told at the end, and what is written on the page."""

import json

import pytest

from conformance.page import Compared, markdown
from conformance.report import Outcome, sentences, to_json
from conformance.scenario import Scenario
from conformance.table import Answer, Row, Table
from conformance.trace import Difference

SCENARIO = Scenario(name="one", rule="1.2", what="A scenario.", until=5)
ALIKE = Compared(SCENARIO, ())
WORDED = Compared(SCENARIO, (Difference("messages", "a", "b", decisive=False),))
OTHERWISE = Compared(SCENARIO, (Difference("decision 1", "a", "b"),))
YES, WHY, WHAT = Answer("Successful"), Answer("Error", "why"), Answer("Error", "what")


def table(*rows: Row) -> Table:
    return Table("conditions", "About them.", rows)


@pytest.mark.parametrize(
    ("outcome", "alike"),
    [
        (Outcome([], []), True),
        (Outcome([ALIKE, WORDED], [table(Row("a", YES, YES), Row("b", WHY, WHAT))]), True),
        (Outcome([OTHERWISE], []), False),
        (Outcome([ALIKE], [table(Row("a", YES, WHY))]), False),
    ],
)
def test_a_decision_of_either_kind_counts(outcome: Outcome, *, alike: bool) -> None:
    assert outcome.decided_alike is alike


def test_differences_are_told_before_the_figures() -> None:
    outcome = Outcome([OTHERWISE], [table(Row("a", YES, WHY), Row("b", WHY, WHAT), Row("c", YES, YES))])
    assert list(sentences(outcome)) == [
        "✗ one (rule 1.2), decision 1:\n  Argo Rollouts: a\n  embedded:      b",
        "✗ a:\n  Argo Rollouts: Successful\n  embedded:      Error: why",
        "· b:\n  Argo Rollouts: Error: why\n  embedded:      Error: what",
        "0 of 1 scenarios: same decisions as Argo Rollouts, 0 with the same messages, too.",
        "2 of 3 conditions: same verdict as Argo Rollouts, 1 with the same text, too.",
    ]


def test_what_was_not_asked_has_no_figures() -> None:
    assert list(sentences(Outcome([ALIKE], []))) == [
        "1 of 1 scenarios: same decisions as Argo Rollouts, 1 with the same messages, too."
    ]
    assert list(sentences(Outcome([], [table()]))) == [
        "0 of 0 conditions: same verdict as Argo Rollouts, 0 with the same text, too."
    ]


def test_machines_get_both() -> None:
    told = json.loads(to_json(Outcome([WORDED], [table(Row("b", WHY, WHAT), Row("c", YES, YES))])))
    assert told == {
        "scenarios": {"one": ["messages:\n  Argo Rollouts: a\n  embedded:      b"]},
        "tables": {
            "conditions": {
                "asked": 2,
                "judgedAlike": 2,
                "inTheSameWords": 1,
                "refusedByName": {},
                "differences": ["b:\n  Argo Rollouts: Error: why\n  embedded:      Error: what"],
            }
        },
    }


def test_the_page_has_a_section_for_each_table() -> None:
    rows = Row("a", YES, WHY), Row("`b`", WHY, WHAT), Row("c", YES, YES), Row("d", WHY, WHAT, drawn=True)
    section = markdown([ALIKE], [table(*rows)]).partition("## Conditions\n")[2]
    assert section == (
        "\nAbout them.\n\n"
        "| conditions | asked | same verdict | same text, too |\n|---|---:|---:|---:|\n"
        "| written by hand | 3 | 2 | 1 |\n| random | 1 | 1 | 0 |\n\n"
        "### Conditions with different verdicts\n\n"
        "- `a`\n  - Argo Rollouts: `Successful`\n  - embedded: `Error: why`\n\n"
        "### Conditions with the same verdict and other text\n\n"
        "- `` `b` ``\n  - Argo Rollouts: `Error: why`\n  - embedded: `Error: what`\n"
    )


def test_the_page_without_scenarios_has_no_table_of_them() -> None:
    assert "scenarios | played" not in markdown([], [table()])
    assert "scenarios | played" in markdown([ALIKE], [])


def test_what_is_refused_by_name_is_listed_below_its_number() -> None:
    one = table(Row("a", YES, WHY, apart="Istio"), Row("b", YES, WHY, apart="Istio"), Row("c", YES, WHY, apart="jobs"))
    assert list(sentences(Outcome([], [one]))) == [
        "0 of 3 conditions: same verdict as Argo Rollouts, 0 with the same text, too; 3 refused as unsupported.",
        "  Unsupported: Istio (2), jobs (1).",
    ]


def test_the_page_lists_what_is_refused_by_name() -> None:
    section = markdown([], [table(Row("a", YES, YES), Row("b", YES, WHY, apart="Istio"))]).partition("## Conditions\n")[
        2
    ]
    assert "| written by hand | 2 | 1 | 1 | 1 |" in section
    assert section.endswith("### What the engine refuses as unsupported, with the number of conditions\n\n- Istio: 1\n")
    assert "different verdicts" not in section
