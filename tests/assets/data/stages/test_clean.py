"""The Data Docs of the stage `clean`."""

from pathlib import Path

from assets.data.stages.clean import Clean
from assets.data.stages.raw import Raw
from assets.execution import Done, carry_out
from assets.home import Home
from tests.small_pipeline import attributes, small, work_on

MONTH = "2024-02"


def cleaned(folder: Path, home: str, **sections: object) -> tuple[Done, Path]:
    work = work_on(Home(folder / home), small(folder, **sections), MONTH)  # type: ignore[arg-type]
    carry_out(Raw(), work)
    return carry_out(Clean(), work), work.docs


def test_data_docs_tell_what_the_expectations_found(tmp_path: Path) -> None:
    done, docs = cleaned(tmp_path, "home")
    report = done.version.manifest["metadata"]["Data Docs"]
    assert report == {"docs": f"small/{MONTH}/index.html"}
    assert "0 of 1 expectations met" in (docs / "small" / MONTH / "index.html").read_text()
    assert sorted(entry.name for entry in docs.iterdir()) == [".lock", "small"]


def test_they_are_no_part_of_the_content(tmp_path: Path) -> None:
    assert cleaned(tmp_path, "first")[0].version.digest == cleaned(tmp_path, "second")[0].version.digest


def test_other_limits_are_judged_and_told_anew_in_the_same_place(tmp_path: Path) -> None:
    first, docs = cleaned(tmp_path, "home")
    pages = set((docs / "small" / MONTH).rglob("*.html"))
    rules = attributes(tmp_path)["contract"] | {"rows_that_fail": {"action": "quarantine", "at_most": 0.5}}
    again, _ = cleaned(tmp_path, "home", contract=rules)
    assert again.reused
    assert again.version.key == first.version.key
    assert set((docs / "small" / MONTH).rglob("*.html")) != pages


def test_without_expectations_there_are_none(tmp_path: Path) -> None:
    done, docs = cleaned(tmp_path, "home", contract={"columns": {"visits": "integer"}})
    assert "Data Docs" not in done.version.manifest["metadata"]
    assert not docs.exists()
