"""The seam: what everybody may know about wherever the app runs, and the only words they share.

`platform.py` has the verbs, `views.py` what one sees, `releases.py` what one releases, `errors.py` what can go wrong.
This room imports no other one.
"""
