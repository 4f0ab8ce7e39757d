"""The data stages over stored versions, one file a stage."""
