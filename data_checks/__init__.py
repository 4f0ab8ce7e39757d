"""Whether a pipeline may go on: pure predicates over values, a leaf package that imports nothing of the project."""
