"""Canary: traffic that moves step by step. Argo: rollout/canary.go.

What is its own stands here; ReplicaSets, conditions, pauses and AnalysisRuns are shared with blue-green.
"""
