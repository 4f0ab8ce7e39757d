"""Will this hotel booking be cancelled: the declaration, its rows and a derived column."""
