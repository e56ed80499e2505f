"""Masks secrets in texts: passwords, tokens, keys, credentials in URLs.

`redact` replaces the secret alone by `[masked]`; what stands around it stays, and a line without
a secret stays byte for byte.  A second pass changes nothing.  Every pattern runs in linear time:
repetitions are bounded or cannot be entered at more than one place.  Where it is unclear how far a
secret reaches, more is masked rather than less.
"""

import re

MASK = "[masked]"

_NAME = r"""(?:
    pass(?:word|wd|phrase|code)s?
  | (?<=[_.\-])pass | (?<=jks)pass | (?<!\w)pass(?=["'\\]{0,4}=)
  | (?<=[;&?_.\-])pwd | (?<!\w)pwd(?=["'\\]{0,4}[ ]{0,4}[:=][ ]{0,4}["']?[^\s/~"'.$])
  | secret (?: [-_.]? (?:access[-_.]?)? key )?
  | token (?![a-z])
  | (?:api|access|account|private|encryption|signing|shared|master|licen[cs]e)[-_.]?key(?![a-z])
  | access[-_.]?key[-_.]?id
  | (?<=[?&;])(?:sig|signature|awsaccesskeyid|credential)
  | x-(?:amz|goog)-(?:signature|credential)
  | jsessionid
)"""
_HARMLESS = r"""(?:
    (?:java|scala|kt|py):
  | file|path|count|type|expir|time|provider|alias|length|limit|class|name|format|max|num|manager
)"""
_SUFFIX = rf"(?:[-_.](?!{_HARMLESS})[\w.\-]{{0,80}}+)?+"
"""`password.file`, `token_count`: names that go on to say that no secret follows."""

# `-Djavax.net.ssl.trustStorePassword=x`, `"api_key": "x"`, `FOO_PASSWORD=x`, `;password=x`,
# `password: x`
_ASSIGNED = re.compile(
    rf"""(?ix) {_NAME} {_SUFFIX} (?: \[\w{{0,40}}\] )?
    \\{{0,3}}["']? [ \t]{{0,4}}
    (?: (?: := | => | =(?!=) ) [ \t]{{0,4}}
      | (?<![ ]token) :(?![:/]) [ \t]{{0,4}} )
    (?= \S ) (?! \{{ [ ]{{0,4}} \\{{0,3}}["'] )
  | (?m:^) [ \t]{{1,40}} token : [ \t]{{1,4}} (?= \S )
    """
)
# `-jks_pass x`, `--password x`, `[-jks_pass, x]`, `"-jks_pass","x"`
_FLAG = re.compile(
    rf"""(?ix) (?<! [^\s,;\[("'\\] ) --?  (?: [a-z0-9]{{1,30}}[-_.] ){{0,6}} [a-z0-9]{{0,30}}?
    {_NAME} {_SUFFIX}
    (?: \\{{0,3}}["']? ,? [ \t]{{1,4}} | \\{{0,3}}["'] , ) (?= \S )
    """
)
# `"secret":{"value":"x"}`
_NESTED = re.compile(
    rf"""(?ix) {_NAME} {_SUFFIX} \\{{0,3}}["']? [ ]{{0,4}} [:=] [ ]{{0,4}} \{{ [ ]{{0,4}}
    \\{{0,3}}["']? value \\{{0,3}}["']? [ ]{{0,4}} [:=] [ ]{{0,4}} (?= \S )
    """
)
_PROSE = r"""(?! (?: a|an|and|are|as|at|be|been|by|can|cannot|does|empty|ends?|expired|failed
  | expires|field|file|for|from|given|has|ignored|in|incorrect|invalid|is|may|missing|must|needed
  | never|no|none|not|null|of|on|only|or|over|provided|required|set|shall|should|stored|that|the|to
  | too|unknown|used|valid|was|were|will|with|without|wrong ) (?![\w\-]) )"""
"""Words that follow the name of a secret in a sentence."""
# `sas_token x`, `AWS_SECRET_ACCESS_KEY x`, `password 'x'`, `password is x`
_SPOKEN = re.compile(
    rf"""(?ix) (?:
      (?<![\w\-.]) (?: \w{{1,40}}_ )? (?: sas_token | secret_access_key | secret_key
        | account_key | api_key | access_token | auth_token ) [ \t]{{1,4}} (?= [\w"'+/] )
    | (?<!\w) pass(?:word|wd|phrase|code) (?: [ ]{{1,4}} is [ ]{{1,4}} (?= [^\s:=] )
        | [ ]{{1,4}} (?= ["'] [^\s"'] [^"'\n]{{0,200}} ["'] ) )
    ) {_PROSE}
    """
)
_AUTHORIZATION = re.compile(
    r"""(?ix) authorization \\{0,3}["']? [ \t]{0,4} [:=] [ \t]{0,4} \\{0,3}["']?
    (?: (?:basic|bearer|digest|negotiate|token|apikey|aws4-hmac-sha256) [ \t]{1,4} )? (?= \S )
    """
)
_NAMES: tuple[str, ...] = (
    "pass",
    "pwd",
    "secret",
    "token",
    "key",
    "sig",
    "credential",
    "jsessionid",
)
_ASSIGNMENTS: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = (
    (_NAMES, _NESTED),
    (_NAMES, _ASSIGNED),
    (_NAMES, _SPOKEN),
    (_NAMES, _FLAG),
    (("authorization",), _AUTHORIZATION),
)
"""Each pattern with words of which one must be in the text (in lower case): few lines hold one."""


_OPEN = re.compile(r"\\{0,3}[\"']")
_QUOTED = {
    '"': re.compile(r'(?:[^"\\\n]|\\[^\n])*+'),
    "'": re.compile(r"(?:[^'\\\n]|\\[^\n]|'')*+"),
}
_BARE = re.compile(
    r"""(?x) (?: [^\s"',;&]
      | [,;&] (?! \s | $ | ["'] | [\w.\-]{1,60} \s? = )
      | ["'] (?! [\s,:;)\]}] | $ ) )*+
    """
)
_CLOSERS = "\"',;)]}>\\"
_NOTHING = frozenset(
    {
        "",
        "null",
        "None",
        "none",
        "nil",
        "undefined",
        "(null)",
        "<null>",
        "***",
        "****",
        "*****",
        MASK,
    }
)

_WHOLE: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = (
    # s3a://KEY:secret@bucket (the secret may hold a slash), https://user:secret@host,
    # https://token@host
    (("://",), re.compile(r"(?<=://)(?:AKIA|ASIA)[A-Z0-9]{16}:[^\s@\"'<>]{1,200}(?=@)")),
    (("://",), re.compile(r"(?<=://)[^\s/:@?#\"'<>]{0,200}:[^\s/?#\"'<>]{1,512}(?=@)")),
    (
        ("http",),
        re.compile(
            r"(?<=http://)[^\s/:@?#\"'<>]{8,512}(?=@)|(?<=https://)[^\s/:@?#\"'<>]{8,512}(?=@)"
        ),
    ),
    # jdbc:oracle:thin:scott/tiger@//host
    ((":thin:",), re.compile(r"(?<=:thin:)[^\s/@\"']{1,200}/[^\s@\"']{1,200}(?=@)")),
    # keys and tokens known by their look: AWS, JWT, GitHub, Slack, GitLab
    (("akia", "asia"), re.compile(r"(?<![A-Z])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])")),
    (("eyj",), re.compile(r"(?<![\w\-])eyJ[\w\-]{8,}+\.[\w\-]{8,}+(?:\.[\w\-]{4,}+)?")),
    (
        ("gh", "xox", "glpat-", "sk-"),
        re.compile(r"(?<![\w\-])(?:gh[pousr]_|github_pat_|xox[abprs]-|glpat-|sk-)[\w\-]{16,}+"),
    ),
    (("bearer",), re.compile(r"(?i)(?<=\bbearer )[\w.~+/\-]{20,}+=*+")),
)
# auth=("user", "secret") of the Python client
_CLIENT_AUTH = re.compile(
    r"""(?ix) (\b auth \s{0,2} = \s{0,2} \( \s{0,2} ["'][^"'\n]{0,200}["'] \s{0,2} , \s{0,2} ["'] )
    [^"'\n]{1,200}"""
)
_BEHIND: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = (
    (("auth",), _CLIENT_AUTH),
    # <password>x</password>
    (
        _NAMES,
        re.compile(
            rf"(?ix) (< [\w.:\-]{{0,60}}? {_NAME} [\w.\-]{{0,40}} > ) [^<>\n]{{1,2000}} (?=<|$)"
        ),
    ),
    (
        ("cookie",),
        re.compile(r"""(?ix) (\b cookie ["']? [ ]{0,4} : [ ]{0,4} ["']? [\w.\-]{1,60} =)
    [^\s;,"']{1,4000}"""),
    ),
    # the password on the command line of a client that takes it there
    (
        ("curl", "wget"),
        re.compile(r"""(?ix) (\b (?:curl|wget) \b [^\n]{0,200}? [ ] (?:-u|--user)
    [ =]? ["']? [^\s:"'/]{1,100} :) [^\s"']{1,300}"""),
    ),
    (
        ("mysql", "mariadb", "sshpass"),
        re.compile(r"""(?ix) (\b (?:mysql(?:dump|admin)?|mariadb|sshpass) (?=[ ])
    [^\n]{0,200}? [ ] -p [ ]? ["']?) (?![-\s]) [^\s"']{1,300}"""),
    ),
)
"""What stands behind the first group of each is a secret."""
_KEY_BLOCK = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?P<line>\r?\n|\\n)?"
)
_KEY_NAME = re.compile(rf"(?ix) {_NAME} {_SUFFIX} $")
_PASSES = 4
_LONE_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")


_HINT = re.compile(
    "|".join(
        sorted(
            {
                "private key",
                *(word for words, _ in (*_ASSIGNMENTS, *_BEHIND, *_WHOLE) for word in words),
            }
        )
    )
)
"""One of the words that some pattern wants: most texts hold none."""


def clean(text: str) -> str:
    """Secrets masked, and broken surrogates (no JSON can hold them) replaced."""
    return redact(text.translate(_LONE_SURROGATES) if not text.isascii() else text)


def names_secret(name: str) -> bool:
    """Whether a value of this name (`db_password`, `api_key`) has to be masked."""
    return _KEY_NAME.search(name) is not None


def redact(text: str) -> str:
    """The text with every secret in it replaced by `[masked]`."""
    for _ in range(_PASSES):
        masked = _pass(text)
        if masked == text:
            break
        text = masked
    return text


def _pass(text: str) -> str:
    low = text.lower()
    if _HINT.search(low) is None:
        return text
    if "private key" in low:
        text = _mask_key_blocks(text)
    for words, pattern in _ASSIGNMENTS:
        if any(word in low for word in words):
            text = _mask_values(pattern, text)
    for words, pattern in _BEHIND:
        if any(word in low for word in words):
            text = pattern.sub(lambda found: found[1] + MASK, text)
    for words, pattern in _WHOLE:
        if any(word in low for word in words):
            text = pattern.sub(MASK, text)
    return text


def _mask_values(pattern: re.Pattern[str], text: str) -> str:
    """Mask the value that follows each match of `pattern`."""
    parts: list[str] = []
    at = 0
    while match := pattern.search(text, at):
        start, end = _value(text, match.end())
        parts.append(text[at:start])
        value = text[start:end]
        parts.append(value if value in _NOTHING else MASK)
        at = max(end, match.end())
        if at > end:
            parts.append(text[end:at])
    return "".join([*parts, text[at:]]) if parts else text


def _value(text: str, at: int) -> tuple[int, int]:
    """Where the value at `at` begins and ends: what quotes enclose, else up to the next field."""
    if opened := _OPEN.match(text, at):
        quote, start = opened[0], opened.end()
        if len(quote) == 1:
            closing = _QUOTED[quote].match(text, start)
            return start, closing.end() if closing else start
        line = text.find("\n", start)
        line = len(text) if line < 0 else line
        end = text.find(quote, start, line)
        return start, line if end < 0 else end
    bare = _BARE.match(text, at + len(MASK) if text.startswith(MASK, at) else at)
    end = bare.end() if bare else at
    if text.startswith(MASK, at):
        rest = text[at + len(MASK) : end].rstrip(_CLOSERS)
        return at, at + len(MASK) + len(rest)
    value = text[at:end]
    kept = value if value.startswith(("${", "$(")) else value.rstrip(_CLOSERS)
    return at, at + len(kept)


def _mask_key_blocks(text: str) -> str:
    """Mask what stands between the marks of a private key; where the end is cut, to the end."""
    parts: list[str] = []
    at = 0
    while match := _KEY_BLOCK.search(text, at):
        end = text.find("-----END ", match.end())
        end = len(text) if end < 0 else end
        parts.append(text[at : match.end()])
        if text[match.end() : end].strip():
            parts.append(MASK + (match["line"] or "") if end < len(text) else MASK)
        at = end
    return "".join([*parts, text[at:]]) if parts else text
