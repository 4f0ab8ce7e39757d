"""A secret in a declaration is one fault, at its place, and nobody repeats it."""

from pathlib import Path
from time import perf_counter

import pytest

from assets.declaration import TYPE, load
from assets.declare.faults import DeclarationError
from assets.environment import concealed

SECRET = "TOPSECRET"
GITHUB = "ghp_" + "a1" * 18
AMAZON = "AKIA" + "A1" * 8


def faults(folder: Path, text: str) -> list[str]:
    file = folder / "pipelines" / "shop" / "defs.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    try:
        load(file, root=folder)
    except DeclarationError as error:
        return [str(fault).removeprefix("pipelines/shop/defs.yaml") for fault in error.faults]
    return []


def declaration(**sections: str) -> str:
    written = {"source": "{kind: files, path: rows.csv}", "target": "{column: y}", "model": "{kind: linear}"} | sections
    return f"type: {TYPE}\nattributes:\n" + "".join(f"  {name}: {text}\n" for name, text in written.items())


@pytest.mark.parametrize(
    ("section", "text", "told"),
    [
        ("source", "{kind: files, path: 'https://h/a.csv?sv=1&sig=TOPSECRET'}", "3:25: source.path holds a secret"),
        ("source", "{kind: files, path: [a.csv, 'https://h/a.csv?X-Amz-Signature=TOPSECRET&X-Amz-Credential=T']}",
         "3:39: source.path.1 holds a secret: the value of 'X-Amz-Signature' in its address would be recorded; wr"),
        ("source", "{kind: files, path: 'https://h/a.csv?v=2#access_token=TOPSECRET'}", "3:25: source.path holds "),
        ("source", "{kind: files, path: 's3://me:TOPSECRET@b/a.csv'}", "3:25: source.path holds credentials: a pa"),
        ("source", "{kind: delta, path: 's3://me:TOPSECRET@b/a'}", "3:25: source.path holds credentials: a part b"),
        ("source", "{kind: delta, path: 'abfss://b/a?sas_token=TOPSECRET'}", "3:25: source.path holds a secret: t"),
        ("source", "{kind: sql, query: SELECT 1, url: 'postgresql://me:TOPSECRET@h/b'}", "3:40: source.url is not"),
        ("source", "{kind: sql, query: SELECT 1, url: 'sqlite:///a.db?password=TOPSECRET'}", "3:40: source.url ho"),
        ("source", "{kind: sql, query: SELECT 1, url_env: 'postgresql://me:TOPSECRET@h/b'}",
         "3:40: source.url_env is no variable's name: an address must be letters, digits and _; put the address i"),
        ("source", "{kind: sql, url_env: A, query: \"SELECT * FROM 'https://h/a?token=TOPSECRET'\"}",
         "3:35: source.query holds a secret: the value of 'token' in its address would be recorded; take it out"),
        ("source", "{kind: sql, url_env: A, query: \"SELECT * FROM dblink('postgresql://me:TOPSECRET@h/b')\"}",
         "3:35: source.query holds credentials: a part before an @; take them out, and give them by the environment"),
        ("source", "{kind: files, path: a.csv, storage_options: {key: TOPSECRET, secret: TOPSECRET}}",
         "3:38: source.storage_options is not a setting here: {\"key\": \"***\", \"secret\": \"***\"}; choose from"),
        ("predict", "{to: {kind: sql, url_env: 'postgresql://me:TOPSECRET@h/b', table: t}}", "6:29: predict.to.ur"),
        ("predict", "{to: {kind: files, path: 's3://me:TOPSECRET@b/out'}}", "6:31: predict.to.path holds credenti"),
        ("predict", "{source: {kind: files, path: 'https://h/a.csv?signature=TOPSECRET'}}", "6:35: predict.source"),
        ("model", "{kind: custom, use: 'os:getcwd', options: {api_key: TOPSECRET}}",
         "5:53: model.options.api_key holds a secret: a value of this name would be recorded; take it out, and le"),
        ("model", "{kind: custom, use: 'os:getcwd', options: {auth_token: [TOPSECRET]}}",
         "5:66: model.options.auth_token.0 holds a secret: a value of this name would be recorded; take it out, an"),
        ("source", "{kind: files, path: a.csv, password: TOPSECRET}", "3:38: source.password is not a setting her"),
        ("source", "{kind: files, path: a.csv, connect_args: {password: TOPSECRET}}",
         "3:38: source.connect_args is not a setting here: {\"password\": \"***\"}; choose from"),
        ("source", "{kind: files, path: a.csv, credentials: {user: me, code: TOPSECRET}}",
         "3:38: source.credentials is not a setting here: {\"user\": \"***\", \"code\": \"***\"}; choose from"),
        ("register", "{name: shop, api_key: TOPSECRET}", "6:26: register.api_key is not a setting here: \"***\"; ch"),
        ("evaluate", "{metrics: [{name: m, use: 'os:getcwd', better: lower, password: TOPSECRET}]}",
         "6:67: evaluate.metrics.0.password is not a setting here: \"***\"; choose from"),
        ("contract", "{columns: {password: {type: text, password: TOPSECRET}}}",
         "6:47: contract.columns.password.password is not a setting here: \"***\"; choose from"),
        ("contract", "{expectations: [{expect_table_column_count_to_equal: {value: 2, password: TOPSECRET}}]}",
         "6:77: contract.expectations.0"),
        ("token", "TOPSECRET", "6:3: token is not a setting here: \"***\"; choose from"),
        ("source", "{kind: sql, url_env: A, query: \"SELECT * FROM dblink('postgresql://me:TOP/SECRET@h/b')\"}",
         "3:35: source.query holds credentials: a part before an @; take them out, and give them by the environment"),
        ("description", "'read from postgresql://me:TOP/SECRET@h/b'", "6:3: description holds credentials: a part "),
        ("source", "{kind: sql, url_env: A, query: \"SELECT * FROM dblink('host=h password = TOPSECRET')\"}",
         "3:35: source.query holds a secret: the value of 'password' in its address would be recorded; take it out"),
        ("source", "{kind: sql, url_env: A, query: \"SELECT dblink('host=h password=''A TOPSECRET''')\"}",
         "3:35: source.query holds a secret: the value of 'password' in its address would be recorded; take it out"),
        ("source", "{kind: sql, url_env: A, query: 'SELECT dblink($$host=h password=TOPSECRET$$)'}",
         "3:35: source.query holds a secret: the value of 'password' in its address would be recorded; take it out"),
        ("model", "{kind: linear, options: {password: TOPSECRET}}",
         "5:25: model.options is not a setting here: {\"password\": \"***\"}; it belongs to kind custom; remove it"),
        ("source", "{kind: sql, url_env: A, query: \"SELECT * FROM at('Driver={x y};Server=h;Pwd=TOPSECRET;')\"}",
         "3:35: source.query holds a secret: the value of 'Pwd' in its address would be recorded; take it out"),
        ("features", f"{{never: {{{GITHUB}: no}}}}", "6:22: features.never.*** holds a secret: a key of a service "),
        ("source", f"{{kind: files, path: a.csv, {AMAZON}: 3}}", "3:38: source.*** is not a setting here: 3; choose"),
        ("description", f"'{GITHUB} reads it'", "6:3: description holds a secret: a key of a service would be rec"),
        *(
            ("description", f"'{text}'", f"6:3: description holds a secret: the value of '{name}' in the text")
            for text, name in {
                "password=TOPSECRET": "password", "read with PGPASSWORD=TOPSECRET": "PGPASSWORD",
                "api_key = TOPSECRET1.": "api_key", "DB_PASSWORD: TOPSECRET1": "DB_PASSWORD",
                "me:TOPSECRET1@db.example.org": "me", "me:TOPSECRET1@sha256.example.org": "me",
                "Server=h;Uid=me;Pwd=TOPSECRET;": "Pwd",
                "call with --token TOPSECRET1": "token", "Authorization: Bearer TOPSECRET1": "Bearer",
                '{"password":"TOPSECRET1"}': "password", "its password is TOPSECRET1": "password",
            }.items()
        ),
        *(
            ("description", f"'{text}'", "6:3: description holds a secret: a key of a service would be recorded; tak")
            for text in (
                "glpat-TOPSECRETa1b2c3d4e5f6", "sk_live_TOPSECRETa1b2c3d4", "sk-proj-TOPSECRETa1b2c3d4e5f6",
                "hf_" + SECRET * 4, "npm_" + SECRET * 4, "https://hooks.slack.com/services/T01/B01/TOPSECRETa1b2c3d4",
                "ya29.TOPSECRETa1b2c3d4e5f6",
            )
        ),
        ("features", "{never: {x: password=TOPSECRET tells}}", "6:22: features.never.x holds a secret: the value of "),
        ("contract", "{expectations: [{expect_column_values_to_be_in_set: {column: y, value_set: [pwd=TOPSECRET]}}]}",
         "6:89: contract.expectations.0.expect_column_values_to_be_in_set.value_set.0 holds a secret: the value of"),
    ],
)  # fmt: skip
def test_a_secret_is_one_fault_that_does_not_repeat_it(tmp_path: Path, section: str, text: str, told: str) -> None:
    found = faults(tmp_path, declaration(**{section: text}))
    own = [fault for fault in found if not fault.startswith(":6:31: predict.to.path is an address")]
    assert len(own) == 1
    assert own[0].startswith(f":{told}")
    assert not any(secret in str(found) for secret in (SECRET, "TOP/SECRET", GITHUB, AMAZON))


@pytest.mark.parametrize(
    ("section", "text"),
    [
        ("source", "{kind: files, path: 'https://h/a.csv?version=2&page_size=3&keys=all'}"),
        ("source", "{kind: files, path: \"https://h/a.csv?sig={{ env('HOME') }}&token=Bearer%20{{ env('HOME') }}\"}"),
        ("source", "{kind: files, path: '/data/token=7/secret.csv', types: {password: text}}"),
        ("description", "'a@example.org asks, as http://h/a?day=1: who has a token? See ftp://h and me@example.org'"),
        ("source", "{kind: files, path: 'https://h/a.csv?page_token=3', types: {api_key: integer}}"),
        (
            "source",
            "{kind: sql, url_env: HOME, query: \"SELECT 1 WHERE token = 'x' AND p='y' AND pwd=q.pwd -- a's token=b\"}",
        ),
        ("source", "{kind: sql, url_env: HOME, query: \"SELECT 'token = ' || 'has password=no, I think'\"}"),
        ("source", "{kind: sql, url_env: HOME, query: \"SELECT * FROM read('abfss://box@acc.dfs.core/p')\"}"),
        ("description", "'ssh://git@h/x, http://h:80/a@b'"),
        ("contract", "{columns: {token: text, password: {type: text, sensitive: true}}}"),
        ("train", "{class_weights: {token: 2, password: 3}}"),
        (
            "contract",
            "{expectations: [{expect_column_values_to_match_json_schema: {column: y, json_schema: {token: {a: b}}}}]}",
        ),
        ("contract", "{expectations: [{expect_column_values_to_be_in_set: {column: y, value_set: [{token: a}]}}]}"),
        ("model", "{kind: custom, use: 'os:getcwd', options: {pad_token: '[PAD]', cls_token: '[CLS]', eos_token: e}}"),
        ("model", "{kind: custom, use: 'os:getcwd', options: {token: true, auth: null, tokens: [3]}}"),
        ("description", "'a password: ask the data team; pass: fail, sig=0.05, token: 5, auth=none, tokens=512'"),
        ("description", "'password=*** and password=$DB_PASSWORD are hidden; mail:anna1@example.org, 3:4@noon'"),
        ("contract", "{expectations: [{expect_column_values_to_match_regex: {column: y, regex: 'password=\\S{8,}'}}]}"),
        (
            "contract",
            "{expectations: [{expect_column_values_to_not_be_null: {column: y, row_condition: \"pwd == 'a1b2c3'\"}}]}",
        ),
        ("description", "'it runs registry.io/app:v1.2.3@sha256:0a1b2c3d, and app:v1.2.3@sha512'"),
        ("description", "'started with pwd=/home1 and --token /run/secrets/token1'"),
        ("features", "{never: {token: it is drawn, api_key: 'https://h:80/a@b'}}"),
        ("model", "{kind: custom, use: 'os:getcwd', options: {n_tokens: 5, token_size: small, keys: [a]}}"),
    ],
)
def test_what_only_looks_like_one_is_none(tmp_path: Path, section: str, text: str) -> None:
    assert faults(tmp_path, declaration(**{section: text})) == []


def test_a_reference_may_stand_in_no_argument_that_never_resolves_it(tmp_path: Path) -> None:
    one = "{expect_column_values_to_be_in_set: {column: y, value_set: [\"{{ env('HOME') }}\"]}}"
    (told,) = faults(tmp_path, declaration(contract=f"{{expectations: [{one}]}}"))
    assert "value_set.0 holds a reference where none may stand" in told


def test_a_number_is_masked_as_well(tmp_path: Path) -> None:
    (told,) = faults(tmp_path, declaration(source="{kind: files, path: a.csv, password: 12345678}"))
    assert told.startswith(':3:38: source.password is not a setting here: "***"; choose from')


def test_a_key_that_stands_twice_is_not_repeated(tmp_path: Path) -> None:
    found = faults(tmp_path, declaration(features=f"{{never: {{{GITHUB}: no, {GITHUB}: no}}}}"))
    assert any("repeats the key '***' of line 6" in fault for fault in found)
    assert GITHUB not in str(found)


def test_what_is_masked_by_its_name_is_concealed_as_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("SHOP_APIKEY", "SHOP_ACCESSKEY", "AZURE_CONNECTION_STRING", "PGPASS", "PGPASSWORD", "SHOP_TOKEN", "A_PWD")
    for name in names:
        monkeypatch.setenv(name, f"value of {name}!")
    for name in names:
        assert concealed(f"it says value of {name}!") == f"it says {{{{ env('{name}') }}}}"


def test_a_long_text_of_addresses_is_looked_through_once(tmp_path: Path) -> None:
    begun = perf_counter()
    (told,) = faults(tmp_path, declaration(description=f"'a@{'://a:b' * 20_000}'"))
    assert "must be text of at most 2000 characters" in told
    assert perf_counter() - begun < 2
