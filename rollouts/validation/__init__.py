"""What Argo's controller refuses, and in which words; what the API server refuses before it is in `rollouts.schema`.

Argo: pkg/apis/rollouts/validation. `rollout.py` asks about a Rollout alone, `references.py` about what it names.
"""
