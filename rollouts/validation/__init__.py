"""What is refused, by whom, and in which words: `schema/` is the API server, the rest is Argo's controller.

Argo: pkg/apis/rollouts/validation. `rollout.py` asks about a Rollout alone, `references.py` about what it names.
"""
