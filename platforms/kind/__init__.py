"""A cluster that `kind create cluster` has made. Making one is not this project's yet."""
