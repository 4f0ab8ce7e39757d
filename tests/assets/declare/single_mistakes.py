"""Single mistakes in a real declaration: what stands there, what is written instead, and what is told of it.

`¦` marks the place that is told, or, where another line is to blame, the third text begins there; `…` is any words.
"""

METRICS = "metrics: [roc_auc, average_precision, brier, log_loss]"
ADR = "{column: adr, min_value: 0, max_value: 1000}"

MISTAKES = (
    (METRICS, "metrics: [¦rocauc, brier]",
     "evaluate.metrics names an unknown metric: 'rocauc'; did you mean 'roc_auc'?"),
    (METRICS, "metrics: [roc_auc, ¦rmse]",
     ("evaluate.metrics does not fit itself: 'rmse' and 'roc_auc' are metrics of different targets; take "
      "one of them out")),
    (METRICS, "¦metrics: roc_auc",
     'evaluate.metrics is wrong: "roc_auc" must be a list; write [roc_auc]'),
    (METRICS, "¦metrics: []",
     "evaluate.metrics is empty: at least one is needed; leave it out for the usual ones"),
    ("start: 2015-07", "¦start: 2015-07-01",
     "partitions.start is not the key of a month: '2015-07-01' does not read like '2015-07'; write it so"),
    ("start: 2015-07", "¦start: 2015",
     "partitions.start is wrong: 2015 must be text; put it in quotes: '2015'"),
    ("end: 2017-08", "¦end: 2014-08",
     "partitions.end lies before partitions.start: '2014-08' < '2015-07'; swap them"),
    ("every: month", "¦every: months",
     ("partitions.every is wrong: \"months\" must be 'hour', 'day', 'week' or 'month'; did you mean "
      "'month'?")),
    ("column: arrival_date", "¦column: arival_date",
     ("partitions.column names a column that is not there: 'arival_date' is not in "
      "'pipelines/hotel_cancellations/bookings.parquet'; did you mean 'arrival_date'?")),
    ("column: arrival_date", "¦colum: arrival_date",
     "partitions.colum is not a setting here: \"arrival_date\"; did you mean 'column'?"),
    ("window: 12", "¦window: -3",
     "window is wrong: -3 must be at least 2; write such a value"),
    ("window: 12", "¦window: '12'",
     'window is wrong: "12" must be a whole number; take the quotes off'),
    ("window: 12", "¦window: 99999999999999999999",
     'window is wrong: "99999999999999999999" must be a whole number; take a smaller number'),
    ("window: 12", "¦w\u0456ndow: 12",
     "w\u0456ndow is not a setting here: 12; did you mean 'window'?"),
    ("  window: 12", "¦\twindow: 12",
     "is not YAML: a tab stands where only spaces may; put spaces in its place"),
    ("  window: 12", "   ¦window: 12",
     ("is not YAML: this line is indented otherwise than those that it belongs to; give it their "
      "indentation")),
    ("  window: 12\n", "  window: 12\n  ¦window: 12\n",
     "repeats the key 'window' of line …: a key stands once; remove one"),
    ("  window: 12", "  ¦<<: {window: 12}",
     '<< is not a setting here: {"window": 12}; choose from …, window'),
    ("window: 12", "window: ¦*w",
     "uses the alias '*w': aliases are refused; write the value out"),
    ("source: {", "source: ¦&s {",
     "defines the anchor '&s': anchors are refused; remove it"),
    ("hotel: category", "¦Hotel: category",
     ("contract.columns names a column that is not there: 'Hotel' is not in "
      "'pipelines/hotel_cancellations/bookings.parquet'; did you mean 'hotel'?")),
    ("hotel: category", "¦'hotel ': category",
     ("contract.columns names a column that is not there: 'hotel ' is not in "
      "'pipelines/hotel_cancellations/bookings.parquet'; did you mean 'hotel'?")),
    ("adr: number", "¦adr:",
     ("contract.columns.adr has no type: it is empty and must be one of integer, number, boolean, "
      "category, text, date, timestamp; write one")),
    ("adr: number", "adr: {type: number, ¦nullable: yes}",
     'contract.columns.adr.nullable is wrong: "yes" must be true or false; write true'),
    ("adr: number\n      total", "¦adr number\n      total",
     ("is not YAML: a line without a colon is no setting; write `name: value`, or check the indentation, "
      "brackets and quotes")),
    ("expect_column_values_to_be_between: {column: adr", "¦expect_column_value_to_be_between: {column: adr",
     ("contract.expectations.0.expect_column_value_to_be_between is unknown: it is no expectation of "
      "great_expectations …; did you mean 'expect_column_values_to_be_between'?")),
    (ADR, "{column: adr, ¦min_value: '0', max_value: 9}",
     ("contract.expectations.0.expect_column_values_to_be_between.min_value is of another kind: '0' can't "
      "be compared with 'adr', which holds numbers; take the quotes off, or mend the value")),
    (ADR, "{¦colum: adr, max_value: 9}",
     ("contract.expectations.0.expect_column_values_to_be_between has no such argument: 'colum' is none "
      "of its 8; did you mean 'column'?")),
    ("value_set: [0, 1]", "value_set: [¦'0', 1]",
     ("contract.expectations.5.expect_column_values_to_be_in_set.value_set.0 is of another kind: '0' "
      "can't be compared with 'is_canceled', which holds whole numbers; take the quotes off, or mend the "
      "value")),
    ("[Resort Hotel, City", "[¦1, City",
     ("contract.expectations.3.expect_column_values_to_be_in_set.value_set.0 is of another kind: 1 can't "
      "be compared with 'hotel', which holds text; put it in quotes")),
    ("severity: warning}\n      - expect_table", "¦severity: warn}\n      - expect_table",
     ("contract.expectations.6.expect_column_values_to_not_be_null.severity is wrong: 'warn' must be one "
      "of critical, warning, info; did you mean 'warning'?")),
    ("mostly: 0.99", "¦mostly: 99%",
     ("contract.expectations.6.expect_column_values_to_not_be_null.mostly is wrong: '99%' must be a "
      "number; write such a value")),
    ("at_most: 0.02", "¦at_most: 2%",
     'contract.rows_that_fail.at_most is wrong: "2%" must be a number; write such a value'),
    ("rows: {at_least: 0.4", "¦rows: {at_least: 4",
     "contract.over_time.rows can't be met: at_least 4 is more than at_most 2.5; swap them"),
    ("within: 3 days", "¦within: three days",
     ("contract.over_time.fresh.within is no duration: 'three days' is no number of hours, days or weeks; "
      "write such as '14 days'")),
    ("matures_after: 14 days", "¦matures_after: 14",
     "target.matures_after is wrong: 14 must be text; put it in quotes: '14'"),
    ("category: [hotel, meal", "category: [¦Hotel, meal",
     ("features.category.0 names a column that is not there: 'Hotel' is not in "
      "'pipelines/hotel_cancellations/bookings.parquet'; did you mean 'hotel'?")),
    ("category: [hotel", "¦categories: [hotel",
     "features.categories is not a setting here: [\"hotel\", …; did you mean 'category'?"),
    ("hidden: [64]", "hidden: [¦64.5]",
     "model.hidden.0 is wrong: 64.5 must be a whole number; write such a value"),
    ("model: {kind: mlp, hidden", "¦model: {hidden",
     'model has no kind: {"hidden": [64], "dropout": 0.1, "embedding": 4} must say which; write kind'),
    ("lr: 0.002", "¦learning_rate: 0.002",
     "train.optimizer.learning_rate is not a setting here: 0.002; choose from kind, lr, weight_decay"),
    ("{metric: roc_auc, at_least: 0.75}", "{metric: roc_auc, ¦at_least: 75}",
     ("gates.0.at_least is out of reach or no limit: 75, but roc_auc lies between 0 and 1; write a value "
      "within")),
    ("{metric: roc_auc, at_least: 0.75}", "¦roc_auc: {at_least: 0.75}",
     "gates.0.roc_auc is not a setting here: {\"at_least\": 0.75}; 'metric' is missing, write that"),
    ("features: true, pred", "¦features: on, pred",
     'monitor.features is wrong: "on" must be true or false; write true'),
    ('schedule: "0 6 2 * *"', '¦schedule: "0 0 6 2 * *"',
     ("retrain.schedule is not a cron schedule: '0 0 6 2 * *' must have five fields; write such as '0 6 2 "
      "* *'")),
    ("time_zone: Europe/Lisbon", "¦time_zone: Europe/Lisboa",
     ("retrain.time_zone is not a time zone: 'Europe/Lisboa' is not in the time zone database; write such "
      "as 'Europe/Lisbon'")),
    ("path: pipelines", "¦paths: pipelines",
     ('source.paths is not a setting here: "pipelines/hotel_cancellations/bookings.parquet"; did you mean '
      "'path'?")),
    ("path: pipelines", "¦file: pipelines",
     ("source.file is not a setting here: \"pipelines/hotel_cancellations/bookings.parquet\"; 'path' is "
      "missing, write that")),
    ("kind: files, path", "¦kind: file, path",
     ("source.kind is unknown: 'file' must be one of files, sql, delta, python, asset; did you mean "
      "'files'?")),
    ('use: "pipelines.hotel_cancellations.features:arrival_date"',
     '¦use: "pipelines.hotel_cancellations.features.arrival_date"',
     ('derive.use is wrong: "pipelines.hotel_cancellations.features.arrival_date" must be text that '
      "matches ^[A-Za-z_][\\w.]*:[A-Za-z_]\\w*$; write such a value")),
    ("derive: {use: ", "derive: {¦user: ",
     ('derive.user is not a setting here: "pipelines.hotel_cancellations.features:arrival_date"; did you '
      "mean 'use'?")),
    ("attributes:", "¦attribute:",
     "attribute is not known here: did you mean 'attributes'?"),
    ("type: assets", "¦typ: assets",
     "typ is not known here: did you mean 'type'?"),
)  # fmt: skip

TOLD_ELSEWHERE = (
    (METRICS, "metrics: [brier]", "metric: roc_auc",
     "gates.0.metric is not evaluated: 'roc_auc' is not in evaluate.metrics; add it"),
    ("agent, company]", "agent, company", "never:",
     "is not YAML: expected ',' or ']', but got '?'; check the indentation, brackets and quotes"),
    ("epochs: 30", "epochs: 3", "early_stopping:",
     ("train.early_stopping has no effect: 5 epochs without a gain can't pass within epochs of 3; lower "
      "it, or write null")),
)  # fmt: skip
