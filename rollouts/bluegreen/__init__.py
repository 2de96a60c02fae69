"""The blue-green strategy: two whole ReplicaSets, and one Service that is switched from the old one to the new one.

Argo: rollout/bluegreen.go. `one_pass.py` has the order of a pass; the rest is one concern a file. What a pass has in
common with the canary's (the new ReplicaSet, conditions, pauses, the abort) is in the rooms above.
"""
