import pytest

from h2o_forensics.readers.exceptions import ParsedException, parse_exception

FRAMES = (
    "\tat water.MRTask.getResult(MRTask.java:{n})\n"
    "\tat hex.tree.SharedTree$Driver.scoreAndBuildTrees(SharedTree.java:{n})\n"
)
CAUSE = (
    "Caused by: java.lang.IllegalStateException: no entry for class {n}\n"
    "\tat water.udf.CFunc$Loader${n}.map(CFunc.java:{n}){jar}\n"
    "\t... {n} more\n"
)
NEW = "DistributedException from {node}: 'no entry for class {n}', caused by java.lang.IllegalStateException: no entry for class {n}\n"  # noqa: E501 - one line
OLD = (
    "water.util.DistributedException: DistributedException from {node}: 'no entry for class {n}'\n"
)


def parsed(text: str) -> ParsedException:
    found = parse_exception(text)
    assert found is not None
    return found


@pytest.mark.parametrize("first", (NEW, OLD))
def test_both_wordings(first: str) -> None:
    text = (first + FRAMES + CAUSE).format(node="localhost/127.0.0.1:56783", n=2, jar="")
    found = parsed("\n" + text)
    assert found.cls == "water.util.DistributedException"
    assert (found.root_class, found.root_message) == (
        "java.lang.IllegalStateException",
        "no entry for class 2",
    )
    assert (found.from_node, found.depth) == ("127.0.0.1:56783", 2)
    assert found.frames == ("water.udf.CFunc$Loader$2.map",)
    assert found.operation == "hex.tree.SharedTree$Driver.scoreAndBuildTrees"


def test_the_fingerprint_is_stable() -> None:
    texts = [
        (first + FRAMES + CAUSE).format(node=node, n=n, jar=jar)
        for first in (NEW, OLD)
        for node in ("localhost/127.0.0.1:56783", "/10.0.0.3:54321")
        for n in (2, 77)
        for jar in ("", " ~[h2o.jar:?]")
    ]
    assert len({parsed(text).fingerprint for text in texts}) == 1
    other = texts[0].replace("no entry", "bad entry")
    assert parsed(other).fingerprint != parsed(texts[0]).fingerprint


def test_the_fingerprint_forgets_addresses_in_messages() -> None:
    prints = {
        parsed(f"java.io.IOException: no answer from {node}\n\tat water.A.b(A.java:1)").fingerprint
        for node in ("localhost/127.0.0.1:54321", "/10.1.2.30:5", "192.168.100.200:65535")
    }
    assert len(prints) == 1


def test_nested_the_innermost_node_did_it() -> None:
    text = (
        "DistributedException from /10.0.0.1:5: 'DistributedException from /10.0.0.2:5: 'boom', "
        "caused by java.lang.ArithmeticException: boom', caused by "
        "water.util.DistributedException: x\n"
        "\tat water.A.b(A.java:1)\n"
        "Caused by: DistributedException from /10.0.0.2:5: 'boom', caused by "
        "java.lang.ArithmeticException: boom\n"
        "Caused by: java.lang.ArithmeticException: boom\n"
    )
    found = parsed(text)
    assert (found.from_node, found.root_class, found.depth) == (
        "10.0.0.2:5",
        "java.lang.ArithmeticException",
        3,
    )


def test_wrapped_the_node_is_still_found() -> None:
    text = "java.lang.RuntimeException: model failed\nCaused by: " + OLD.format(
        node="/10.0.0.2:5", n=1
    )
    assert parsed(text).from_node == "10.0.0.2:5"


def test_a_message_of_several_lines() -> None:
    text = (
        "DistributedException from localhost/127.0.0.1:5: 'Unclosed group near index 2\n(a\n', "
        "caused by java.util.regex.PatternSyntaxException: Unclosed group near index 2\n(a\n"
        "\tat water.A.b(A.java:1)"
    )
    found = parsed(text)
    assert found.root_class == "java.util.regex.PatternSyntaxException"
    assert found.root_message == "Unclosed group near index 2"


def test_without_a_message() -> None:
    found = parsed("java.lang.NullPointerException\n\tat water.A.b(A.java:1)")
    assert (found.cls, found.message, found.root_class) == (
        "java.lang.NullPointerException",
        "",
        "java.lang.NullPointerException",
    )
    null = parsed(
        "DistributedException from /10.0.0.1:5: 'null', caused by java.lang.NullPointerException"
    )
    assert (null.root_class, null.root_message) == ("java.lang.NullPointerException", "")


def test_a_record_that_lacks_the_cause_claims_none() -> None:
    found = parsed("DistributedException from /10.0.0.1:5: 'Unclosed group near index 2")
    assert (found.root_class, found.from_node) == ("", "10.0.0.1:5")


def test_the_stack_of_a_request() -> None:
    text = (
        "; Stacktrace: [water.exceptions.H2OIllegalArgumentException: Unknown parameter: x,     "
        "water.api.Schema.fillFromParms(Schema.java:304),     java.lang.Thread.run(Thread.java:1)]"
    )
    found = parsed(text)
    assert found.cls == "water.exceptions.H2OIllegalArgumentException"
    assert found.message == "Unknown parameter: x"
    assert found.operation == "water.api.Schema.fillFromParms"
    assert found.frames == ("water.api.Schema.fillFromParms", "java.lang.Thread.run")


@pytest.mark.parametrize(
    "text",
    (
        "",
        "Building model",
        "org.apache.Configuration: x",
        "H2O started",
        "an error: java.lang.X",
        '"java.lang.Exception"',
    ),
)
def test_no_exception(text: str) -> None:
    assert parse_exception(text) is None


def test_long_messages_are_cut() -> None:
    found = parsed("java.lang.Exception: " + "1a" * 50_000)
    assert len(found.message) == len(found.root_message) == 500
