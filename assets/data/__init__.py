"""From a source to features: ingest, preprocess, split, transform."""
