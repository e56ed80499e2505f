# ruff: noqa: E501 - lines of logs stand here as they are
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from h2o_forensics.report.redact import MASK, names_secret, redact

SECRET = "Tr0ub4dor"  # noqa: S105 - made up
# In parts, so that no file of the repository holds what looks like a secret.
AWS = "AKIA" + "ABCDEFGHIJKLMNOP"
GITHUB = "ghp" + "_abcdefghijklmnopqrstuvwxyz0123"
BEGIN = "-----BEGIN {}" + "PRIVATE KEY-----"

LINES = [
    "java -jar h2o.jar -jks h2o.jks -jks_pass {} -port 54321",
    "H2O args: [-jks, h2o.jks, -jks_pass, {}, -port, 54321]",
    '["-jks_pass","{}","-port"]',
    '["-jks_pass", "{}", "-port"]',
    "run --password={} --port 5",
    "run --password {} --port 5",
    "run --api-key {} --port 5",
    "hadoop jar h2odriver.jar -hiveToken {} -nodes 3",
    "-Djavax.net.ssl.trustStorePassword={} -Xmx5g",
    "JVM args: [-Dfoo.password={}, -Xmx5g]",
    "POST /99/ImportSQLTable, parms: {{connection_url=jdbc:x, username=sa, password={}, optimize=true}}",
    "POST /x?user=a&password={}&b=c HTTP/1.1",
    'x {{"user": "a", "password": "{}", "b": 1}} y',
    'x {{\\"secret\\":\\"{}\\",\\"b\\":1}} y',
    "h2o.init(username='a', password='{}', strict=True)",
    'h2o.connect(auth=("ann", "{}"), url=u)',
    "aws_secret_access_key = {} # mine",
    "  fs.s3a.secret.key={}, fs.s3a.path=x",
    "AWS_SECRET_ACCESS_KEY={}\nPATH=/bin",
    "export FOO_PASSWORD={} BAR=1",
    "MYSQL_PASSWORD: {}\nB: c",
    "  token: {}\n  name: x",
    "access_token={}; path=/",
    "secret={} rest",
    "api_key: '{}', rest",
    "jdbc:sqlserver://h:1433;user=sa;password={};encrypt=true",
    "jdbc:postgresql://h/db?user=a&password={}&ssl=true",
    "jdbc:oracle:thin:scott/{}@//h:1521/svc",
    "Authorization: Basic {} trailing",
    "Authorization: Bearer {} trailing",
    "curl -H 'authorization: bearer {}' http://10.0.0.1:54321/3/Cloud",
    "GET https://ann:{}@host/path?x=1 done",
    f"s3a://{AWS}:{{}}@bucket/key",
    "https://b.s3.amazonaws.com/k?X-Amz-Date=1&X-Amz-Signature={}&x=1",
    "https://b.s3.amazonaws.com/k?Signature={}&Expires=1",
    "https://a.blob.core.windows.net/c?sv=1&sig={}&se=2",
    BEGIN.format("RSA ") + "\n{}\n-----END RSA PRIVATE KEY-----\nrest",
    "Cookie: JSESSIONID={}; theme=dark",
    "connect host=a pwd={} port=1",
    "<user>joe</user><password>{}</password><port>1</port>",
    "curl -s -u joe:{} http://10.0.0.1:54321/3/Cloud",
    "$ mysql -h db -u joe -p {} sales",
    "sshpass -p '{}' ssh joe@host",
    "HTTP/1.1 200 OK set-cookie: session={}; Path=/; HttpOnly",
    "license_key={} expires=2030",
    "using sas_token {} for the container",
    "AWS_SECRET_ACCESS_KEY {} was exported",
    '{{"secret":{{"value":"{}","kind":1}},"b":2}}',
    "tried password '{}' for joe",
    "the password is {} for joe",
]

ORDINARY = [
    "11-22 08:57:11.178 127.0.0.1:55001   4131  main  INFO water.default: H2O cloud name: 'x' on /127.0.0.1:55001",
    "akka.tcp://sparkDriver@10.0.0.1:7077 is gone; spark://HeartbeatReceiver@10.0.0.1:123",
    "wasbs://container@account.blob.core.windows.net/data.csv",
    "Unexpected token: ',' at line 3",
    "Login failed for user bob: wrong password",
    "basic authentication is off; bearer authentication too",
    "token_count=512 tokens=9 max_token_length: 3",
    "PWD=/home/h2o OLDPWD=/tmp",
    "-hash_login -login_conf /etc/h2o/realm.properties -jks /etc/h2o.jks",
    "password=null, login=false",
    "GET /3/Jobs/$03017f00000132d4ffffffff$_b7 200",
    "K/V:214.5 MB + POJO:3.61 GB + FREE:176.3 MB == MEM_MAX:4.00 GB",
    "at water.api.schemas3.PasswordV3$Token.access(Token.java:12)",
    "Secrets and passwords are never logged.",
    "the password is required; password is not set; the password is too short",
    "pwd=/home/h2o pwd: ~/x",
    "java -p 5 -u x:y; the access_token has expired",
    "Got cookie: none; mysql -u joe -h db",
    '"password":{"type":"string"}',
    "login with 'password' or 'token'",
    "compass=1 bypass=true surpass: 5",
]


@pytest.mark.parametrize("line", LINES)
def test_masks_the_secret_and_nothing_else(line: str) -> None:
    masked = redact(line.format(SECRET))
    if AWS in line:
        assert masked == "s3a://[masked]@bucket/key"
    elif "ann:{}" in line:
        assert masked == "GET https://[masked]@host/path?x=1 done"
    elif "scott" in line:
        assert masked == "jdbc:oracle:thin:[masked]@//h:1521/svc"
    else:
        assert masked == line.format(MASK)


@pytest.mark.parametrize("line", ORDINARY)
def test_leaves_an_ordinary_line_as_it_is(line: str) -> None:
    assert redact(line) == line


@pytest.mark.parametrize(
    "secret", ("a,b", "a;b", "p&q", "it's", 'sa"y', "x)y", "100%", "a=b", "[masked]x")
)
def test_a_secret_with_marks_in_it_goes_whole(secret: str) -> None:
    assert redact(f"-Dx.password={secret} -Xmx1g") == "-Dx.password=[masked] -Xmx1g"


def test_quotes_enclose_a_secret_with_blanks() -> None:
    assert redact('password="my long secret", x=1') == 'password="[masked]", x=1'
    assert (
        redact("IDENTIFIED, password='it''s long', x=1") == "IDENTIFIED, password='[masked]', x=1"
    )


def test_a_quote_that_never_closes_masks_the_line_not_the_next() -> None:
    assert redact('password="my long secret\nnext line') == 'password="[masked]\nnext line'


def test_known_tokens_need_no_name() -> None:
    assert redact(f"key {AWS} used") == "key [masked] used"
    assert redact("got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl ok") == "got [masked] ok"
    assert redact(f"git clone https://x:{GITHUB}@github.com/x") == (
        "git clone https://[masked]@github.com/x"
    )


def test_a_cut_key_block_is_masked_to_its_end() -> None:
    assert redact(f"a\n{BEGIN.format('')}\nMIIE\nabc") == f"a\n{BEGIN.format('')}\n[masked]"


def test_names_of_facts() -> None:
    assert names_secret("db_password")
    assert names_secret("api_key")
    assert not names_secret("token_count")
    assert not names_secret("xmx_bytes")


PIECES = st.sampled_from(
    [
        "password",
        "=",
        ":",
        " ",
        ",",
        ";",
        "&",
        '"',
        "'",
        "\\",
        "-jks_pass",
        "--token",
        "secret",
        "://",
        "@",
        "/",
        "a",
        "Authorization",
        "Basic",
        "Bearer",
        AWS,
        "[masked]",
        "]",
        "[",
        "}",
        "\n",
        "auth=(",
        "null",
        BEGIN.format(""),
        "-----END PRIVATE KEY-----",
        "${",
        "https",
        "sig",
        "?",
        "eyJhbGciOiJI",
        ".",
        "token",
    ]
)


@given(st.lists(PIECES, max_size=14).map("".join))
def test_a_second_pass_changes_nothing(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


@given(st.text())
def test_text_without_any_key_word_is_kept(text: str) -> None:
    plain = "".join(sign for sign in text if sign not in "=:@-?")
    assert redact(plain) == plain


@given(
    st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=6, max_size=30),
    st.text(max_size=30),
    st.sampled_from(LINES),
)
def test_no_secret_survives(secret: str, before: str, line: str) -> None:
    marked = f"Zz{secret}"
    shown = redact(before + "\n" + line.format(marked))
    assert marked not in shown


@pytest.mark.parametrize(
    "piece",
    (
        "password=",
        "-a-b",
        "://a:b",
        "eyJa",
        'token"',
        "password='\\\"",
        "a",
        "-",
        "secret_",
        "password=a;",
        ":thin:a/",
        "authorization: ",
        "--pass ",
        "https://aaaaaaaaa",
        BEGIN.format(""),
        'auth=("',
        "password=,",
        "[masked]",
        "<password",
        "<a.",
        "cookie: a",
        "curl -u a",
        "mysql -p ",
        "password is ",
        "a_sas_token ",
        'secret:{"',
        "pwd= ",
    ),
)
def test_runs_in_linear_time(piece: str) -> None:
    def seconds(size: int) -> float:
        text = piece * (size // len(piece))
        began = time.perf_counter()
        redact(text)
        return time.perf_counter() - began

    assert min(seconds(200_000) for _ in range(2)) < 2.0
