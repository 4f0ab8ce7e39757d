import sqlite3
from contextlib import closing

import dagster as dg

from assets.home import REPOSITORY, Home

SALES = dg.AssetKey(["house_prices", "sales_database"])


def test_an_ordinary_asset_beside_a_declaration_is_loaded_and_fills_the_source(home: Home) -> None:
    nothing = dg.Definitions(resources={"machine": dg.ResourceDefinition.none_resource()})
    loaded = dg.Definitions.merge(dg.load_from_defs_folder(path_within_project=REPOSITORY), nothing)
    graph = loaded.resolve_asset_graph()
    assert graph.get(SALES).is_executable
    assert graph.get(dg.AssetKey(["house_prices", "raw"])).parent_keys == {SALES}
    (sales,) = [each for each in loaded.assets or () if isinstance(each, dg.AssetsDefinition) and SALES in each.keys]
    with dg.DagsterInstance.ephemeral() as instance:
        assert dg.materialize([sales], instance=instance).success
    with closing(sqlite3.connect(home.root / "house_sales.db")) as database:
        assert database.execute("SELECT count(*) FROM sales").fetchone()[0] > 20_000
