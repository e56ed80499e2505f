"""Evaluates the small expressions of rules: `calc:` of a fact and `when:` of a cause edge.

Grammar, a subset of Python's: numbers, 'text', names of facts, + - * / ( ), min() max() ceil() floor() known() only(), and
< <= > >= == != and or not.  It is walked as a tree, never run.  A fact that is unknown (None) makes the result unknown,
except where `and` or `or` is decided by the other side.  `known(a, b, ...)` is the first that is known;
`only(value, condition)` is unknown unless the condition is known to hold.
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache

from h2o_forensics.model.finding import Value

_LONGEST = 500
"""Characters; keeps the compiler's own recursion far from its limit."""

_VALUE_AND_CONDITION = 2

_ARITHMETIC: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_WHOLE: dict[str, Callable[[float], int]] = {"ceil": math.ceil, "floor": math.floor}
_ORDER: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def calculate(expression: str, facts: Mapping[str, Value]) -> Value:
    """The expression's value over the facts; None where unknown, or no number (division by zero).

    Raises:
        ValueError: the expression is not of the grammar above (the rulebook's checks find this first).
    """
    try:
        value = _value(_parse(expression), facts)
    except (ArithmeticError, RecursionError):
        return None
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return int(value) if value.is_integer() else value
    return value


def holds(condition: str, facts: Mapping[str, Value]) -> bool:
    """The condition is known to be true: an unknown one does not hold."""
    return bool(calculate(condition, facts))


@lru_cache(maxsize=1024)
def _parse(expression: str) -> ast.expr:
    if len(expression) > _LONGEST:
        raise ValueError(f"longer than {_LONGEST} characters: {expression[:40]}...")
    try:
        return ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ValueError(f"not an expression: {expression!r}") from error


def _value(node: ast.expr, facts: Mapping[str, Value]) -> Value:
    result: Value
    match node:
        case ast.Constant(value=int() | float() | str() as result):
            pass
        case ast.Name(id=name):
            result = facts.get(name)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            result = _numbers(_ARITHMETIC[type(op)], _value(left, facts), _value(right, facts))
        case ast.UnaryOp(op=op, operand=operand):
            result = _unary(op, _value(operand, facts))
        case ast.BoolOp(op=op, values=parts):
            result = _decide([_value(part, facts) for part in parts], by=isinstance(op, ast.Or))
        case ast.Compare(left=left, ops=ops, comparators=others):
            values = [_value(part, facts) for part in (left, *others)]
            pairs = zip(ops, values, values[1:], strict=False)
            result = _decide([_compare(*pair) for pair in pairs], by=False)
        case ast.Call(func=ast.Name(id=name), args=[_, *_] as args, keywords=[]):
            result = _call(name, [_value(argument, facts) for argument in args])
        case _:
            raise ValueError(f"{ast.unparse(node)} is not allowed in a calculation")
    return result


def _unary(op: ast.unaryop, value: Value) -> Value:
    if isinstance(op, ast.Not):
        return None if value is None else not value
    if isinstance(op, ast.USub | ast.UAdd):
        return _numbers(operator.sub if isinstance(op, ast.USub) else operator.add, 0, value)
    raise ValueError(f"{type(op).__name__} is not allowed in a calculation")


def _numbers(op: Callable[[float, float], float], left: Value, right: Value) -> Value:
    if isinstance(left, int | float) and isinstance(right, int | float):
        return op(left, right)
    return None


def _decide(values: list[Value], *, by: bool) -> bool | None:
    """`and` (one false part decides) or `or` (a true one); else an unknown part leaves it unknown."""
    if any(value is not None and bool(value) is by for value in values):
        return by
    return None if None in values else not by


def _compare(op: ast.cmpop, left: Value, right: Value) -> bool | None:
    if left is None or right is None:
        return None
    if isinstance(op, ast.Eq):
        return left == right
    if isinstance(op, ast.NotEq):
        return left != right
    order = _ORDER.get(type(op))
    if order is None:
        raise ValueError(f"{type(op).__name__} is not allowed in a calculation")
    if isinstance(left, int | float) and isinstance(right, int | float):
        return order(left, right)
    return None


def _call(name: str, values: list[Value]) -> Value:
    if name == "known":
        return next((value for value in values if value is not None), None)
    if name == "only" and len(values) == _VALUE_AND_CONDITION:
        return values[0] if values[1] else None
    if name not in {"min", "max", *_WHOLE} or (name in _WHOLE and len(values) != 1):
        raise ValueError(
            f"{name}() with {len(values)} values: only min(), max(), known(), only(value, condition)"
            " and ceil() and floor() of one number"
        )
    numbers = [value for value in values if isinstance(value, int | float)]
    if len(numbers) < len(values):
        return None
    if name in _WHOLE:
        return _WHOLE[name](numbers[0])
    return min(numbers) if name == "min" else max(numbers)
