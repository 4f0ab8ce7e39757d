"""The modules that carry the stages and have no say in what these make: a change in one makes no version stale."""

# the only ones beside the commands that may import Dagster
DAGSTER = frozenset(
    {
        "assets.automation",
        "assets.backfill",
        "assets.beside",
        "assets.clashes",
        "assets.definitions",
        "assets.judged",
        "assets.metadata",
        "assets.pipeline",
        "assets.pipelines_folder",
        "assets.resources",
        "assets.scaffold",
        "assets.shared",
        "assets.stage",
        "assets.telling",
    }
)
SHELL = DAGSTER | frozenset(
    {
        "assets.declaration",
        "assets.declare.faults",
        "assets.declare.known_task",
        "assets.declare.wording",
        "assets.display",
        "assets.execution",
        "assets.home",
        "assets.last_words",
        "assets.memo",
        "assets.mlflow_service",
        "assets.owner",
        "assets.reasons",
        "assets.registered",
        "assets.registry",
        "assets.shell",
        "assets.store",
        "assets.surroundings",
        "assets.tracking",
        "assets.versions.changes",
        "assets.versions.code_version",
        "assets.versions.disk",
        "assets.versions.draft",
        "assets.versions.fingerprint",
        "assets.versions.in_short",
        "assets.versions.layout",
        "assets.versions.manifest",
        "assets.versions.module_source",
        "assets.versions.recipe",
        "assets.versions.statistics",
        "assets.versions.table_file",
        "assets.versions.version",
        "assets.work",
    }
)
