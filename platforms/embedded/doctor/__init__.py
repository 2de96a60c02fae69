"""The embedded platform's doctor: the programs that it needs, and the run that is up, if one is."""
