"""How a pipeline is built: the lifecycle from source to monitored release, one module a stage."""
