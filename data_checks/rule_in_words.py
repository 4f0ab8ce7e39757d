"""What an expectation on rows asks, in the library's own words."""

import re
from collections.abc import Mapping
from string import Template

from data_checks.expectation_library import import_library
from data_checks.row_rule import EXPECT_ROWS
from data_checks.verdict import Json


def rule_in_words(name: str, arguments: Mapping[str, Json]) -> str:
    """Say a rule as the Data Docs do, bounds, `row_condition` and `mostly` included.

    Args:
        name: of an expectation on rows.
        arguments: as it was judged.

    Returns:
        One sentence without its full stop, such as `adr values must be greater than or equal to 0`.
    """
    if name == EXPECT_ROWS:
        return f"each row must pass {arguments['use']}{_share(arguments.get('mostly', 1))}"
    import_library()
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
    from great_expectations.expectations.registry import get_renderer_impl

    found = get_renderer_impl(name, "atomic.prescriptive.summary")
    said = found[1](configuration=ExpectationConfiguration(type=name, kwargs=dict(arguments))).to_json_dict()["value"]
    text = Template(said["template"]).safe_substitute({key: v["value"] for key, v in said["params"].items()})
    if f"{name}(" in text:  # the library has no words for it
        return f"{name} of {dict(arguments)}"
    return " ".join(re.sub(r"</?pre>", " ", text).split()).rstrip(".")


def _share(mostly: Json) -> str:
    return f", at least {100 * mostly:g} % of the time" if isinstance(mostly, int | float) and mostly < 1 else ""
