"""Faults: the ways in which a replica can be made bad. CREATING_FAULTS.md says how they work."""

from faces.faults.environment import faults_from
from faces.faults.fault import Call, Cell, Failure, Fault, Plan, Wait
from faces.faults.injection import Faults
from faces.faults.model import KINDS, FaultModel, decide, parse_fault, parse_model
from faces.faults.refusals import FaultsRefusedError, MalformedJSONError

__all__ = [
    "KINDS",
    "Call",
    "Cell",
    "Failure",
    "Fault",
    "FaultModel",
    "Faults",
    "FaultsRefusedError",
    "MalformedJSONError",
    "Plan",
    "Wait",
    "decide",
    "faults_from",
    "parse_fault",
    "parse_model",
]
