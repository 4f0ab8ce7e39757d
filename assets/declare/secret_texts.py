"""Secrets in what people write for each other: `password=…` in a sentence, a name and a password before an @."""

import re
from collections.abc import Iterator

from assets.environment import SECRET_PART, says_secret

# bounded, so that a long text is looked through once; what begins with / is the path of a file or folder
_PAIR = re.compile(
    r"(?<![\w.$])(?:--)?([A-Za-z_][\w-]{1,60})['\"]?(\s*[=:]\s*|\s+is\s+)"
    r"['\"]?([^\s'\",;&<>()\[\]{}|\\=/][^\s'\",;&<>]{0,200})"
)
_OPTION = re.compile(r"(?<!\S)--([a-z][\w-]{1,60})\s+([^\s'\"/-][^\s'\"]{0,200})")
# one of these stands in whatever is found
_SIGN = re.compile(r"[=:@]|\bis\b|--|Bearer|Basic")
_BEARER = re.compile(r"\b(Bearer|Basic)\s+([\w.~+/-]{8,400}=*)")
# an image's digest follows its name, version and @ as the host of a login does
_LOGIN = re.compile(r"(?<![\w.+-])([\w.+-]{1,60}):([^\s:@/'\"]{4,100})@(?!sha(?:256|512)(?![\w.-]))[\w-]")
# words after which a colon and an address of somebody follow
_PEOPLE = frozenset({"mail", "mailto", "email", "e-mail", "team", "to", "cc", "from", "by", "contact", "owner", "ask"})
# what stands in the place of a secret
_PLACEHOLDER = re.compile(
    r"[*$<%.x?-]|(?:none|null|true|false|unset|empty|required|optional|redacted|hidden|secret)$", re.IGNORECASE
)
_SHORTEST = 4
_SHORTEST_AMONG_WORDS = 6
# alone these name many other things: a token of a text, a significance, a test that passes
_OF_MANY_THINGS = frozenset({"token", "idtoken", "sig", "sas", "auth", "pass"})


def secrets_in(text: str) -> Iterator[tuple[str, str]]:
    """Yield each secret of a text with the word that tells of it.

    >>> list(secrets_in("read with password=hunter2, as me:s3cret!@db.example.org"))
    [('password', 'hunter2'), ('me', 's3cret!')]
    >>> list(secrets_in("a password: ask the data team; sig=0.05, tokens: 512, mail:anna1@example.org"))
    []
    """
    if not _SIGN.search(text):
        return
    for found in _PAIR.finditer(text):
        name, between, value = found.groups()
        is_word = between != "=" or name.lower() in _OF_MANY_THINGS
        is_one = _is_drawn(value) if is_word else len(value) >= _SHORTEST
        if is_one and _names_one(name) and not _PLACEHOLDER.match(value):
            yield name, value.rstrip(".")
    for found in (*_OPTION.finditer(text), *_BEARER.finditer(text)):
        if (_names_one(found[1]) or found.re is _BEARER) and _is_drawn(found[2]):
            yield found[1], found[2]
    for found in _LOGIN.finditer(text):
        if found[1].lower() not in _PEOPLE and _is_drawn(found[2]):
            yield found[1], found[2]


def _names_one(name: str) -> bool:
    return says_secret(name) or (name.isupper() and SECRET_PART.search(name) is not None)


def _is_drawn(value: str) -> bool:
    """Whether a word has letters and something else among them, as what is drawn or asked for as a password has."""
    letters = [letter for letter in value if letter.isalpha()]
    return len(value) >= _SHORTEST_AMONG_WORDS and len(letters) > 0 and any(letter.isdigit() for letter in value)
