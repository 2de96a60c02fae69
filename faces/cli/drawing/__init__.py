"""What the command line draws in a terminal: from views to lines. Pure: the time and the width are arguments.

`tree.py` is the tree of `faces status`, `changes.py` the same as a line for each change, `screen.py` the live view of
`faces watch`, put together from the other modules. Everything is told by words and shapes; colour only repeats it.
"""
