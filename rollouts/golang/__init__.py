"""Go's behaviour in Python: its types and values, how it prints and parses them, its times and regular expressions."""
