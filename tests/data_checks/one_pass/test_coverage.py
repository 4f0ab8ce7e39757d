from data_checks.one_pass.coverage import DOCUMENT, document, one_pass_kinds


def test_the_document_is_current():
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text == document(text), "run python -m data_checks.one_pass.coverage"


def test_tells_on_which_columns_an_expectation_is_counted():
    assert one_pass_kinds("expect_column_values_to_be_between") == ("number", "time")
    assert one_pass_kinds("expect_column_values_to_match_json_schema") == ()
    assert one_pass_kinds("expect_table_row_count_to_equal") == ("table",)
