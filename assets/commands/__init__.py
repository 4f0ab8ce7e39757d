"""What `make` runs: one module a command, each with `main(arguments) -> exit status`."""


class CommandError(RuntimeError):
    """A command cannot do what it was asked; its text is all that the user needs to see."""
