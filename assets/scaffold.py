"""Starts a new pipeline: `dg scaffold defs assets.pipeline.TrainingPipeline NAME --source … --target …`."""

import json

import dagster as dg
from pydantic import BaseModel, Field

from assets.declaration import TYPE, load
from assets.home import REPOSITORY, Home

TEMPLATE = """\
type: {type}
attributes:
  description: What does {name} predict?
  source: {{kind: files, path: {source}}}
  target: {{column: {target}}}
  # columns that are not known when the prediction is made, each with the reason:
  # features: {{never: {{some_column: why}}}}
  model: {{kind: mlp}}
"""


class ScaffoldOptions(BaseModel):
    """What is asked of whoever starts a pipeline."""

    source: str = Field(description="path of a CSV, Parquet or JSON lines file, from the repository's root")
    target: str = Field(description="the column to predict")


class PipelineScaffolder(dg.Scaffolder[ScaffoldOptions]):
    """Writes the shortest declaration that runs."""

    @classmethod
    def get_scaffold_params(cls) -> type[ScaffoldOptions]:
        """Return the options of the command."""
        return ScaffoldOptions

    def scaffold(self, request: dg.ScaffoldRequest[ScaffoldOptions]) -> None:
        """Write `defs.yaml`, and check it as `make check` would.

        Raises:
            DeclarationError: with every fault of what was asked for.
        """
        Home.from_environment().use()
        folder = request.target_path
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "__init__.py").write_text(f'"""The pipeline {folder.name}."""\n', encoding="utf-8")
        declaration = folder / "defs.yaml"
        text = TEMPLATE.format(
            type=TYPE,
            name=folder.name,
            source=json.dumps(request.params.source),
            target=json.dumps(request.params.target),
        )
        declaration.write_text(text, encoding="utf-8")
        load(declaration, root=request.project_root or REPOSITORY)
