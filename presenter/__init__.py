"""Presenter mode: what a speaker drives from a page of his own, with a token, on any platform through the seam.

`actions.py` says what can be done, `script.py` in which acts, both as values; `stage.py` does it to an experiment's
session, and `replaying.py` shows a release again; `serving.py` has the addresses, and `passing.py` shows everybody else
the page, to look at and no more.
"""
