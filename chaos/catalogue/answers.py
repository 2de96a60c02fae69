"""Bad answers: of the wrong status, to some users alone, at some times alone, or well-formed and wrong."""

from chaos.catalogue.writing import caught, missed
from seam.releases import FaultPlan, Release, Scene

_FACES = "Every now and then a face curses."
_PROBES = "Probes stay green: Kubernetes alone would promote it."
_SUCCESS = "success-rate"

RELEASES: tuple[Release, ...] = (
    missed(
        "errors-1",
        "Fails 1 % of its requests.",
        "A cursing face every few seconds.",
        "The failures are counted, but 99 % is more than the 95 % that is demanded.",
        {"error": {"fraction": 1}},
    ),
    caught(
        "errors-5",
        "Fails 5 % of its requests: few enough to be missed.",
        _FACES,
        "It lies on the threshold itself, so the verdict takes its time.",
        _SUCCESS,
        {"error": {"fraction": 5}},
    ),
    caught("errors-10", "Fails 10 % of its requests.", _FACES, _PROBES, _SUCCESS, {"error": {"fraction": 10}}),
    caught(
        "errors-40",
        "Fails 40 % of its requests.",
        "Cursing faces everywhere.",
        _PROBES,
        _SUCCESS,
        {"error": {"fraction": 40}},
    ),
    caught(
        "errors-100",
        "Fails every request.",
        "Every tile that asks it curses.",
        f"{_PROBES} Its latency is better than ever.",
        _SUCCESS,
        {"error": {"fraction": 100}},
    ),
    caught(
        "edge-errors",
        "Fails 40 % of the requests for tiles at the edge.",
        "The middle smiles while the edge curses.",
        "Which requests fail: a mesh that knows no paths sees one share of all.",
        _SUCCESS,
        {"error": {"fraction": 40, "cells": "edge"}},
    ),
    missed(
        "one-user",
        "Fails a fifth of the requests of one user.",
        "One user sees cursing faces; everybody else is happy.",
        "One user among many is a share that is too small for any threshold.",
        {"error": {"fraction": 20, "user": "visitor-1"}},
        scene=Scene(rate=100),
    ),
    caught(
        "latched",
        "Once a request has failed, many more fail, for a while.",
        "Faces that curse for a long time.",
        "That the failures hang together.",
        _SUCCESS,
        {"error": {"fraction": 5}, "latch": {"fraction": 80}},
    ),
    caught(
        "later",
        "Serves well for some seconds, then fails 60 % of its requests.",
        "All is well at first.",
        "Nothing is seen before it begins, so a gate that looks once may have looked already.",
        (_SUCCESS, "gate"),
        FaultPlan({"error": {"fraction": 60}}, after_s=5),
    ),
    # Nothing in the pods can know of the second step: their faults are switched on when it has come.
    caught(
        "turns-bad",
        "Serves well until it has half of the traffic, then fails 40 % of its requests.",
        "All is well until many are there.",
        "Nothing is seen at 30 %: what was measured there was good, and true.",
        (_SUCCESS, "gate"),
        FaultPlan({"error": {"fraction": 40}}, from_weight=50),
    ),
    caught(
        "flapping",
        "Fails 80 % of its requests for 2 s of every 4 s.",
        "Faces that curse and smile in turns.",
        "A window that is longer than the flapping sees its average.",
        _SUCCESS,
        FaultPlan({"error": {"fraction": 80}}, after_s=0, for_s=2, every_s=4),
    ),
    missed(
        "wrong-answer",
        "Answers 200 with the wrong smiley.",
        "Faces that are not the ones that were asked for.",
        "The answers themselves: to a network they are perfect.",
        {"wrong_answer": {"fraction": 100}},
    ),
    caught(
        "truncated-body",
        "Ends half of its answers in the middle of the body.",
        "Cursing faces: half an answer is none.",
        "The status says 200: a query on status codes calls it a success.",
        _SUCCESS,
        {"truncated_body": {"fraction": 50}},
    ),
    missed(
        "corrupt-json",
        "Answers 200 with a body that is no JSON.",
        "Cursing faces.",
        "What is in a body: whole and 200 is a success.",
        {"corrupt_json": {"fraction": 50}},
    ),
    missed(
        "too-many-requests",
        "Answers 40 % of its requests with 429.",
        "Faces that explode.",
        "By Linkerd's classification only 5xx is a failure.",
        {"error": {"fraction": 40, "status": 429}},
    ),
    missed(
        "not-found",
        "Answers every request with 404.",
        "Every tile that asks it curses.",
        "By Linkerd's classification only 5xx is a failure: its success rate is 100 %.",
        {"error": {"fraction": 100, "status": 404}},
    ),
    caught(
        "grpc-unavailable",
        "Answers half of its calls with UNAVAILABLE, which hides in HTTP 200.",
        "Grey tiles.",
        "Whoever looks at HTTP statuses sees 200 alone.",
        _SUCCESS,
        {"error": {"fraction": 50, "grpc_status": "UNAVAILABLE"}},
        scene=Scene(workload="color"),
    ),
)
