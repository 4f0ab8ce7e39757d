"""What a table suggests: a declaration for it, or changes to one; values in, values out."""


class ProposeError(ValueError):
    """A table or a wish from which no declaration can be proposed; its text is all that the user needs to see."""
