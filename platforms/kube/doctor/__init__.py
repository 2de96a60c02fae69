"""A cluster's doctor: what is observed of it, once and all at the same time, and the checks that decide on that."""
