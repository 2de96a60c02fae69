"""Visitors of the page, and the report of what they really saw.

Only `visitor` and `locustfile` import Locust, and with it gevent, which patches the standard library of its whole
process. Everything else here can be imported anywhere; import-linter holds that (pyproject.toml).
"""
