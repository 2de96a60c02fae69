from faces.faults import HEALTHY, Condition


def test_two_conditions_at_once_are_the_worse_of_each() -> None:
    both = Condition(accept_s=0.2) | Condition(refuses=True, accept_s=0.1) | Condition(ready=False)
    assert both == Condition(refuses=True, accept_s=0.2, ready=False)
    assert HEALTHY | HEALTHY == HEALTHY


def test_connections_end_where_no_new_one_would_be_met_otherwise() -> None:
    assert [one.ends_connections for one in (HEALTHY, Condition(ready=False))] == [False, False]
    assert [one.ends_connections for one in (Condition(refuses=True), Condition(accept_s=0.1))] == [True, True]
