"""AnalysisTemplates and AnalysisRuns, decided as Argo Rollouts v1.10 decides them.

A run's life: `build_run` once; then `assess` tells what is due; `begin` and `complete` each measurement;
`assess` again, until the run has ended. The values in between are frozen, the clock is an argument, and
asking the providers is somebody else's work (`rollouts.providers` has the pure halves of that).
"""

from rollouts.analysis.assess import Assessment, assess, next_measurements
from rollouts.analysis.build import build_run
from rollouts.analysis.demands import Demand, demand_of
from rollouts.analysis.evaluation import evaluate_result
from rollouts.analysis.measuring import begin, complete, measured_at_once
from rollouts.analysis.model import (
    AnalysisRun,
    AnalysisRunRequest,
    AnalysisRunStatus,
    Measurement,
    MetricResult,
    Outcome,
    Phase,
    RunKind,
    RunSummary,
)
from rollouts.analysis.spec import AnalysisTemplate, Metric, parse_analysis_template

__all__ = [
    "AnalysisRun",
    "AnalysisRunRequest",
    "AnalysisRunStatus",
    "AnalysisTemplate",
    "Assessment",
    "Demand",
    "Measurement",
    "Metric",
    "MetricResult",
    "Outcome",
    "Phase",
    "RunKind",
    "RunSummary",
    "assess",
    "begin",
    "build_run",
    "complete",
    "demand_of",
    "evaluate_result",
    "measured_at_once",
    "next_measurements",
    "parse_analysis_template",
]
