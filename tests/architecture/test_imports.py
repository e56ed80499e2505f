"""Who may import whom, read from the AST (ARCHITECTURE.md states it in words)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = "h2o_forensics"
ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / PACKAGE).rglob("*.py"))

MIDDLE = ("intake", "readers", "rulebook", "engine", "diagnose", "report", "collect")
EVERYWHERE = {"errors", "files", "line_ends", "literals", "read_ahead", "resources", "model"}
MAY_IMPORT = {
    "errors": set[str](),
    "files": set[str](),
    "line_ends": set[str](),
    "literals": set[str](),
    "read_ahead": {"model"},
    "resources": set[str](),
    "model": {"line_ends", "model"},
    **{name: EVERYWHERE | {name} for name in MIDDLE},
    "gc": EVERYWHERE | {"gc"},
    "training": EVERYWHERE | {"training"},
    "audit": EVERYWHERE | {"audit", "training"},
    "readers": EVERYWHERE | {"readers", "gc", "training"},
    "budget": set[str](),
    "config": EVERYWHERE,
    "cycles": set[str](),
    "partial": EVERYWHERE,
    "timeline": EVERYWHERE | {"timeline"},
    "unjudged": EVERYWHERE,
    "ends": EVERYWHERE | {"ends"},
    "opened": EVERYWHERE | {"budget", "intake"},
    "rows_given": EVERYWHERE | {"audit"},
    "unknown": EVERYWHERE | {"unknown"},
    "trial": EVERYWHERE | {"trial", "pipeline", "engine"},
    "pipeline": EVERYWHERE
    | {"budget", "config", "cycles", "ends", "opened", "partial", "timeline"}
    | {"rows_given", "unjudged", "unknown"}
    | {*MIDDLE} - {"collect"},
    "catalog": EVERYWHERE | {"catalog"},
    "fleet": EVERYWHERE | {"fleet"},
    "batch": EVERYWHERE
    | {"batch", "budget", "catalog", "config", "cycles", "intake", "opened", "pipeline"}
    | {"readers", "report", "rulebook", "engine"},
    "gc_flow": EVERYWHERE | {"budget", "engine", "opened", "partial", "readers"},
    "cli": EVERYWHERE
    | {
        "batch",
        "budget",
        "catalog",
        "cli",
        "fleet",
        "config",
        "cycles",
        "gc_flow",
        "pipeline",
        "rulebook",
        "report",
        "collect",
    }
    | {"trial"},
    "__init__": {"pipeline", "batch", "catalog"},
    "__main__": {"cli"},
}

# Library -> the only places that may import it (prefixes of the path inside the package).
HOMES = {
    "typer": ("cli/",),
    "rich": (),
    "jinja2": ("report/html.py",),
    "markupsafe": ("report/html.py",),
    "yaml": ("rulebook/yaml_tree.py",),
    "backports.zstd": ("intake/", "catalog/", "batch/"),
    "fsspec": ("intake/", "catalog/", "batch/"),
    "sqlglot": ("catalog/", "engine/", "rulebook/"),
    "psutil": ("batch/",),
    "distributed": ("batch/dask_",),
    "regex": ("engine/", "readers/", "rulebook/patterns.py"),  # the last one only judges patterns
    "hyperscan": ("literals.py",),
    "polars": (
        "model/tables.py",
        "model/training_tables.py",
        "model/catalog_tables.py",
        "audit/",
        "engine/",
        "readers/",
        "batch/",
        "catalog/",
        "fleet/",
    ),
    "isal": ("intake/",),
    "h2o": ("collect/",),
    "pickle": ("batch/split.py",),
    "requests": (),
    "urllib.request": (),
    "socket": ("collect/",),
}


def part_of(module: Path) -> str:
    """`engine` for engine/scan.py, `timeline` for timeline.py."""
    inside = module.relative_to(ROOT / PACKAGE)
    return inside.parts[0] if len(inside.parts) > 1 else inside.stem


def type_only(tree: ast.Module) -> set[ast.AST]:
    """Nodes under `if TYPE_CHECKING:`: they import nothing at run time."""
    blocks = [
        n for n in ast.walk(tree) if isinstance(n, ast.If) and "TYPE_CHECKING" in ast.dump(n.test)
    ]
    return {node for block in blocks for child in block.body for node in ast.walk(child)}


def imports(module: Path, *, runtime_only: bool = False) -> Iterator[str]:
    """Dotted names of all modules imported anywhere in a file."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    skipped = type_only(tree) if runtime_only else set()
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno}: relative import"
            base = node.module or ""
            # `from h2o_forensics import report` names a module; else what is named is a noun.
            yield from (f"{base}.{alias.name}" if base == PACKAGE else base for alias in node.names)


def ident(module: Path) -> str:
    return module.relative_to(ROOT / PACKAGE).as_posix()


@pytest.mark.parametrize("module", MODULES, ids=ident)
def test_our_own_imports_follow_the_flow(module: Path) -> None:
    allowed = MAY_IMPORT[part_of(module)]
    for name in imports(module):
        if name.split(".")[0] != PACKAGE or name == f"{PACKAGE}.__version__":
            continue
        target = [*name.split("."), "__init__"][1]
        assert target in allowed, f"{ident(module)} must not import {name}"


@pytest.mark.parametrize("module", MODULES, ids=ident)
def test_each_library_has_one_home(module: Path) -> None:
    for name in imports(module, runtime_only=True):
        for library, homes in HOMES.items():
            if name == library or name.startswith(f"{library}."):
                assert ident(module).startswith(homes), f"{ident(module)} must not import {name}"


@pytest.mark.parametrize("part", ("diagnose", "report", "intake", "rulebook"))
def test_these_never_mention_polars(part: str) -> None:
    for module in (ROOT / PACKAGE / part).rglob("*.py"):
        assert "polars" not in set(imports(module)), ident(module)


def test_diagnose_is_plain_python() -> None:
    forbidden = {"pathlib", "os", "io", "time", "datetime", "random"}
    for module in (ROOT / PACKAGE / "diagnose").rglob("*.py"):
        met = {name.split(".")[0] for name in imports(module)} & forbidden
        assert not met, f"{ident(module)} imports {sorted(met)}: no files and no clock there"


@pytest.mark.parametrize("module", MODULES, ids=ident)
def test_only_cli_prints(module: Path) -> None:
    calls = [
        n
        for n in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(n, ast.Call)
    ]
    prints = [c.lineno for c in calls if isinstance(c.func, ast.Name) and c.func.id == "print"]
    assert not prints or ident(module).startswith("cli/"), (
        f"{ident(module)}: print in line {prints}"
    )


BROAD = {
    "batch/guard.py": "guarded",  # one run's fault must not end the others
    "cli/__init__.py": "main",  # a fault of the program must not end with the code of findings
    "rulebook/packs.py": "_place",  # imports a package of others, which may raise anything
}
"""Module -> the one function in it that may catch whatever is raised, and why."""


@pytest.mark.parametrize("module", MODULES, ids=ident)
def test_no_broad_except(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    own = BROAD.get(ident(module))
    bodies = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == own]
    allowed = {node for body in bodies for node in ast.walk(body)}
    for handler in (n for n in ast.walk(tree) if isinstance(n, ast.ExceptHandler)):
        if handler in allowed:
            continue
        names = (
            {n.id for n in ast.walk(handler.type) if isinstance(n, ast.Name)}
            if handler.type
            else {""}
        )
        broad = names & {"", "Exception", "BaseException"}
        assert not broad, (
            f"{ident(module)}:{handler.lineno}: catch the named error where you can act on it"
        )


@pytest.mark.parametrize("module", MODULES, ids=ident)
def test_sizes(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 500, f"{ident(module)}: split it"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno is not None
            first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
            length = node.end_lineno - first.lineno + 1
            assert length <= 40, f"{ident(module)}: {node.name} has {length} lines"


def test_no_module_is_named_utils() -> None:
    assert not [m for m in MODULES if m.stem in {"utils", "util", "helpers", "common", "misc"}]


def test_every_part_is_known() -> None:
    assert {part_of(module) for module in MODULES} <= set(MAY_IMPORT)


def test_importing_the_package_costs_nothing() -> None:
    init = ROOT / PACKAGE / "__init__.py"
    assert len(init.read_text(encoding="utf-8").splitlines()) < 40
    tree = ast.parse(init.read_text(encoding="utf-8"))
    top = [n for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
    assert {n.module for n in top if isinstance(n, ast.ImportFrom)} == {"importlib", "typing"}
