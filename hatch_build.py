"""What installing the project for development adds: each start of the environment's Python runs `surroundings`.

`pip` writes the line beside the one that puts the repository on the path, and takes both away with the project.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NAME = "trainyard_surroundings"
LINE = """\
import os, importlib.machinery as m; f = {file!a}; n = {{"__file__": f, "__name__": {name!r}}}; \
os.path.isfile(f) and (exec(m.SourceFileLoader({name!r}, f).get_code({name!r}), n), n["start"]())
"""


class StartInTheStateFolder(BuildHookInterface[Any]):
    """Puts a `.pth` file into what an editable install copies."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the file and name it; a wheel that is no editable install gets none."""
        if version != "editable":
            return
        written = Path(self.directory) / f"{NAME}.pth"
        written.parent.mkdir(parents=True, exist_ok=True)
        file = Path(self.root).resolve() / "assets" / "surroundings.py"
        written.write_text(LINE.format(file=str(file), name=NAME), encoding="utf-8")
        build_data["force_include_editable"] = {str(written): written.name}
