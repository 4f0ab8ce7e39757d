"""What a declaration must be: its faults with their lines, its editor schema and its reference page."""
