"""The -Xmx that rules advise: computed, shown, and never more than the machine carries."""

import pytest

from h2o_forensics import pipeline
from h2o_forensics.model.rule import RuleBook
from h2o_forensics.rulebook import load_rulebook

H = "11-22 05:50:0{second}.100 10.0.0.1:54321   4242    main  INFO water.default: {text}\n"
FAILED = (
    "11-22 05:54:45.327 10.0.0.1:54321        4242   6071888-17  INFO water.default: "
    "Total file size: {files}\n"
    "11-22 05:55:21.857 10.0.0.1:54321        4242       FJ-1-3 ERROR water.default: \n"
    "java.lang.OutOfMemoryError: Java heap space\n"
    "\tat water.parser.ParseDataset.parseAllKeys(ParseDataset.java:261)\n"
)
LIMIT = "memory.limit_in_bytes {limit}\nmemory.failcnt 0\noom_kill 0\n"


@pytest.fixture(scope="module")
def book() -> RuleBook:
    return load_rulebook()


def banner(xmx: str = "1.00 GB", physical: str = "31.00 GB") -> str:
    texts = (
        "----- H2O started  -----",
        "Build project version: 3.46.0.1",
        "Processed H2O arguments: [-name, lab, -flatfile, flatfile.txt]",
        f"Java heap maxMemory: {xmx}",
        f"Machine physical memory: {physical}",
        "X-h2o-cluster-id: 1795326600000",
        "H2O cloud name: 'lab' on /10.0.0.1:54321, static configuration based on -flatfile f.txt",
        "Cloud of size 1 formed [/10.0.0.1:54321]",
    )
    return "".join(H.format(second=second, text=text) for second, text in enumerate(texts))


def advice(book: RuleBook, log: str, **more: str) -> tuple[str, str | None]:
    """What MEM001 says to do first, and the command."""
    files = {"node_10.0.0.1_54321/h2o_10.0.0.1_54321-3-info.log": log}
    files |= {f"node_10.0.0.1_54321/{name}.txt": text for name, text in more.items()}
    findings = pipeline.findings_of_texts(files, book)
    remedy = next(one for one in findings if one.rule == "MEM001").remedies[0]
    return remedy.do, remedy.command


def test_the_arithmetic_is_shown(book: RuleBook) -> None:
    said, command = advice(book, banner() + FAILED.format(files="2.0 GB"))
    assert said.startswith("Start every node with -Xmx8192m: four times the 2 GB of files over all")
    assert command == "java -Xmx8192m -jar h2o.jar"


@pytest.mark.parametrize(
    ("physical", "more", "share", "carried"),
    (
        ("8.00 GB", {}, "75 %", "6144"),
        ("31.00 GB", {"cgroup_memory": LIMIT.format(limit=4 << 30)}, "75 %", "3072"),
    ),
)
def test_no_size_is_named_that_cannot_work(
    book: RuleBook, physical: str, more: dict[str, str], share: str, carried: str
) -> None:
    log = banner(physical=physical) + FAILED.format(files="2.0 GB")
    said, command = advice(book, log, **more)
    assert said.startswith("Take more nodes or less data, as no -Xmx helps here: ")
    assert f"carry -Xmx{carried}m at most ({share})" in said
    assert command is None


def test_xgboost_leaves_less_for_the_heap(book: RuleBook) -> None:
    built = H.format(second=9, text="Building H2O XGBoost model with these parameters:")
    log = banner(physical="11.00 GB")
    assert advice(book, log + FAILED.format(files="2.0 GB"))[1] is not None
    thrown = "java.lang.OutOfMemoryError: Java heap space\n\tat hex.tree.xgboost.X.x(X.java:1)\n"
    log += built + H.format(second=9, text="").replace("INFO", "ERROR") + thrown
    findings = pipeline.findings_of_texts({"h2o_10.0.0.1_54321-3-info.log": log}, book)
    facts = next(one for one in findings if one.rule == "MEM002").facts
    assert facts["share"] == 0.66


def test_what_cannot_be_computed_says_what_to_add(book: RuleBook) -> None:
    said, command = advice(book, FAILED.format(files="2.0 GB"))
    assert "How much cannot be computed from this evidence; add the log" in said
    assert command is None
