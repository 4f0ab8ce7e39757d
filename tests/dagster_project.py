"""The settings by which Dagster takes a folder for a project, whose definitions are all that a package holds."""


def settings(package: str) -> str:
    """Return the text of its `pyproject.toml`."""
    return f"""
[project]
name = "{package}"
version = "0"
[tool.dg]
directory_type = "project"
[tool.dg.project]
root_module = "{package}"
defs_module = "{package}"
"""
