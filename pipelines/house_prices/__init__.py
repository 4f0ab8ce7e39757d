"""The house prices example: its declaration, and the asset that fills its database."""
