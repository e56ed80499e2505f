"""Checks the expressions of `calc:` and of `caused_by.when:`; `model.calc` evaluates them.

Grammar, a subset of Python's: numbers, 'text', names of facts, + - * / ( ), min() max() ceil()
floor() known() only(), and < <= > >= == != and or not.
"""

import ast
import warnings

FUNCTIONS = ("ceil", "floor", "known", "max", "min", "only")
_ONE = (1, "one argument")
_ARGUMENTS = {"ceil": _ONE, "floor": _ONE, "only": (2, "a value and a condition")}
_LONGEST = 500
"""Characters; keeps the compiler's own recursion far from its limit."""

_ALLOWED: tuple[type[ast.AST], ...] = (
    ast.Expression, ast.BinOp, ast.UnaryOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.USub, ast.UAdd,
    ast.Name, ast.Load, ast.Constant, ast.Call, ast.BoolOp, ast.And, ast.Or, ast.Not, ast.Compare,
    ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq,
)  # fmt: skip


def check_calc(text: str) -> tuple[frozenset[str], str | None]:
    """Names of facts an expression uses, and what is wrong with it (None: nothing)."""
    if len(text) > _LONGEST:
        return frozenset(), f"longer than {_LONGEST} characters"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset(), f"not an expression: {text!r}"
    names: set[str] = set()
    functions = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        wrong = _wrong(node)
        if wrong:
            return frozenset(names), wrong
        if isinstance(node, ast.Name) and node not in functions:
            names.add(node.id)
    return frozenset(names), None


def _wrong(node: ast.AST) -> str | None:
    if not isinstance(node, _ALLOWED):
        return f"{type(node).__name__} is not allowed here"
    if isinstance(node, ast.Constant) and type(node.value) not in (int, float, str):
        return f"{node.value!r} is neither a number nor a text"
    if isinstance(node, ast.Call):
        if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
            return f"only {', '.join(FUNCTIONS)} can be called"
        if node.keywords or not node.args:
            return f"{node.func.id}() wants plain arguments"
        wanted, words = _ARGUMENTS.get(node.func.id, (len(node.args), ""))
        if len(node.args) != wanted:
            return f"{node.func.id}() wants {words}"
    return None
