"""The parts of the cluster platform: pure decisions, and the IO that carries them out."""
