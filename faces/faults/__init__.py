"""Faults: the ways in which a replica can be made bad. CREATING_FAULTS.md says how they work."""

from faces.faults.condition import HEALTHY, Condition, Phase
from faces.faults.environment import faults_from
from faces.faults.fault import Fault, LastingFault, Protocol, RequestFault, ShareFault
from faces.faults.injection import Admitted, Faults
from faces.faults.model import KINDS, NO_FAULTS, FaultModel, decide, parse_fault, parse_model, possible, protocol_of
from faces.faults.plan import HEALTHY_PLAN, Call, Cell, Change, Cut, Drip, Failure, Garbling, Plan, Values, Wait
from faces.faults.refusals import FaultsRefusedError, MalformedJSONError

__all__ = [
    "HEALTHY",
    "HEALTHY_PLAN",
    "KINDS",
    "NO_FAULTS",
    "Admitted",
    "Call",
    "Cell",
    "Change",
    "Condition",
    "Cut",
    "Drip",
    "Failure",
    "Fault",
    "FaultModel",
    "Faults",
    "FaultsRefusedError",
    "Garbling",
    "LastingFault",
    "MalformedJSONError",
    "Phase",
    "Plan",
    "Protocol",
    "RequestFault",
    "ShareFault",
    "Values",
    "Wait",
    "decide",
    "faults_from",
    "parse_fault",
    "parse_model",
    "possible",
    "protocol_of",
]
