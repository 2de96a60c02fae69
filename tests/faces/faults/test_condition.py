from faces.faults import HEALTHY, Condition


def test_two_conditions_at_once_are_the_worse_of_each() -> None:
    both = Condition(accept_s=0.2) | Condition(refuses=True, accept_s=0.1) | Condition(ready=False)
    assert both == Condition(refuses=True, accept_s=0.2, ready=False)
    assert HEALTHY | HEALTHY == HEALTHY


def test_what_is_done_to_the_process_adds_up_as_well() -> None:
    leaking = Condition(leaks_mb_per_s=20, leaks_mb=100)
    both = leaking | Condition(burns_cores=0.5) | Condition(burns_cores=2, drops=True) | Condition(leaks_mb=50)
    assert both == Condition(leaks_mb_per_s=20, leaks_mb=100, burns_cores=2, drops=True)
    assert (HEALTHY | Condition(exits=0)).exits == 0
    assert (Condition(exits=0) | Condition(exits=3) | HEALTHY).exits == 0


def test_connections_end_where_no_new_one_would_be_met_otherwise() -> None:
    assert [one.ends_connections for one in (HEALTHY, Condition(ready=False))] == [False, False]
    assert [one.ends_connections for one in (Condition(refuses=True), Condition(accept_s=0.1))] == [True, True]
