import pytest

from tests.assets.declare.test_conflicts import PERIODIC, TIMELESS, told

SQL = {"kind": "sql", "url_env": "URL"}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("DELETE FROM t", "writes to the database: 'DELETE' begins it, and a source only reads; write a SELECT"),
        ("-- once\n drop table t", "writes to the database: 'drop' begins it, and a source only reads; write a SELECT"),
        ("SELECT 1; SELECT 2", "holds two statements: a ; stands between them; write one SELECT"),
        ("SELECT ';' AS \"a;b\" -- a; b\n;", None),
        ("WITH deleted AS (SELECT 1) SELECT * FROM deleted", None),
        ("(SELECT 1) UNION (SELECT 2)", None),
        ("SELECT * FROM t WHERE at LIKE '%:00' AND b = 'it''s :c' -- :d", None),
        ('SELECT a::text, b[1:2], $$ :c $$, "d:e" FROM t WHERE f LIKE E\'\\\' :g\' /* :h */', None),
        ("VALUES (1)", None),
        ("INSERT INTO t VALUES (1) RETURNING *",
         "writes to the database: 'INSERT' begins it, and a source only reads; write a SELECT"),
        ("WITH a AS (SELECT 1) DELETE FROM t RETURNING *",
         "writes to the database: 'DELETE' stands in it, and a source only reads; write a SELECT"),
        ("WITH a (update) AS MATERIALIZED (UPDATE t SET b = 1 RETURNING b) SELECT * FROM a",
         "writes to the database: 'UPDATE' stands in it, and a source only reads; write a SELECT"),
        ("WITH update AS (SELECT 1 AS a) SELECT a FROM update", None),
        ("SELEKT * FROM t", "begins with no word of SQL: 'SELEKT' is none; did you mean 'SELECT'?"),
        ("-- SELECT 1", "holds no statement: no word stands outside of comments and quotes; write a SELECT"),
        ("EXPLAIN SELECT 1", None),
        ("EXEC sales.orders", None),
        ("FROM orders", None),
        ("TABLE orders", None),
        ("PIVOT orders ON month USING sum(a)", None),
        ("SELECT [a;b], ARRAY[1, 2] FROM [from; t]", None),
        ("SELECT [a], b FROM t; DROP TABLE t", "holds two statements: a ; stands between them; write one SELECT"),
        ("SELECT * FROM t WHERE a = 'x\\'; y'", None),
        ("SELECT 1 WHERE a >= :strat",
         "has unknown parameters: ['strat'] must be :start or :end; did you mean ':start'?"),
        ("SELECT a[:n], :n", ("has unknown parameters: ['n'] must be :start or :end; rename them, or write \\:n for a "
                             "plain colon")),
    ],
)  # fmt: skip
def test_a_source_only_reads_and_knows_the_bounds_alone(query: str, message: str | None) -> None:
    found = told({**TIMELESS, "source": {**SQL, "query": query}})
    assert found == ({} if message is None else {"source.query": f"source.query {message}"})
    found = told({**TIMELESS, "predict": {"source": {**SQL, "query": query}}})
    assert found == ({} if message is None else {"predict.source.query": f"predict.source.query {message}"})


def test_a_query_cannot_ask_for_the_bounds_of_no_period() -> None:
    source = {"kind": "sql", "url_env": "URL", "query": "SELECT a::end FROM t WHERE day >= :start"}
    assert told({**TIMELESS, "source": source})["source.query"] == (
        "source.query asks for the bounds of a period: ':start' has no value without partitions; declare partitions or "
        "remove it"
    )
    assert "source.query" not in told({**PERIODIC, "source": source})
    found = told({**TIMELESS, "predict": {"source": source}})
    assert found["predict.source.query"].startswith("predict.source.query asks for the bounds of a period: ':start'")
