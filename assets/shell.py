"""The modules that carry the stages and have no say in what these make: a change in one makes no version stale."""

SHELL = frozenset(
    {
        "assets.declaration",
        "assets.declare.faults",
        "assets.display",
        "assets.execution",
        "assets.home",
        "assets.memo",
        "assets.mlflow_service",
        "assets.owner",
        "assets.registered",
        "assets.registry",
        "assets.store",
        "assets.tracking",
        "assets.versions.disk",
        "assets.versions.draft",
        "assets.versions.fingerprint",
        "assets.versions.layout",
        "assets.versions.manifest",
        "assets.versions.recipe",
        "assets.versions.statistics",
        "assets.versions.table_file",
        "assets.versions.version",
        "assets.work",
    }
)
