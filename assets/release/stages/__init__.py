"""The release stages over stored versions, one file a stage."""
