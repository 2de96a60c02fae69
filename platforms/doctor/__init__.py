"""What doctors of several platforms share: how a check is made, how Prometheus is looked at, and checks of both."""
