"""The conflicts of a small declaration beside its rows."""

import json
from pathlib import Path

from assets.declaration import Declaration
from assets.declare.columns import columns_of
from assets.declare.conflicts import conflicts
from data_checks.verdict import Json


def told(root: Path, **sections: Json) -> dict[str, str]:
    whole = {
        "source": {"kind": "files", "path": "rows.csv"},
        "target": {"column": "price"},
        "model": {"kind": "linear"},
        **sections,
    }
    declaration = Declaration.model_validate_json(json.dumps(whole))
    found = conflicts(declaration, columns=columns_of(declaration, root=root))
    return {".".join(map(str, path)): message for path, message in found}
