"""What is built: one folder a pipeline, its declaration in `defs.yaml`."""
