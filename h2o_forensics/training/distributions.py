"""Normal, Student t and chi-square: the few functions the tests need, in plain Python.

Accuracy is about ten digits over the range that is used (degrees of freedom 1 to 1e6); the unit
tests hold them to published tables.  Formulas: Abramowitz and Stegun 26.2, 26.4, 26.5, 26.7;
continued fractions after Lentz.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from statistics import NormalDist

_NORMAL = NormalDist()
_TINY = 1e-300
_STEPS = 500
_MIDDLE = 0.5
_DEEP_TAIL = 1e-12
_WIDEST = 1e12
_CLOSE = 1e-15


def normal_sf(z: float) -> float:
    """The chance of a standard normal beyond z (exact in the far tail, where 1 - cdf is 0)."""
    return 0.5 * math.erfc(z / math.sqrt(2))


def normal_quantile(p: float) -> float:
    """The z that a share p lies below, for 0 < p < 1."""
    return _NORMAL.inv_cdf(p) if p <= _MIDDLE else -_NORMAL.inv_cdf(1 - p)


def z_of_tail(p: float) -> float:
    """The z beyond which a share p lies; p may be as small as 1e-300."""
    if p >= _DEEP_TAIL:
        return normal_quantile(1 - p) if p > _MIDDLE else -_NORMAL.inv_cdf(p)
    return _bisect(lambda z: -normal_sf(z), -p, 0.0, 38.0)


def t_sf(t: float, df: float) -> float:
    """The chance of Student's t beyond `t` with `df` > 0 degrees of freedom (any real number)."""
    if math.isinf(t):
        return 0.0 if t > 0 else 1.0
    half = 0.5 * _beta(df / (df + t * t), df / 2, 0.5)
    return half if t >= 0 else 1 - half


@lru_cache(maxsize=4096)  # many models have as many folds
def t_quantile(p: float, df: float) -> float:
    """The t that a share p lies below, for 0 < p < 1."""
    if p < _MIDDLE:
        return -t_quantile(1 - p, df)
    high = 1.0
    while t_sf(high, df) > 1 - p and high < _WIDEST:
        high *= 2
    return _bisect(lambda t: -t_sf(t, df), p - 1, 0.0, high)


def chi2_sf(x: float, df: float) -> float:
    """The chance of chi-square beyond x with `df` > 0 degrees of freedom."""
    if x <= 0:
        return 1.0
    a, half = df / 2, x / 2
    scale = math.exp(a * math.log(half) - half - math.lgamma(a))
    if half < a + 1:
        return max(0.0, 1 - scale * _gamma_series(a, half))
    return scale * _gamma_fraction(a, half)


def _gamma_series(a: float, x: float) -> float:
    term = total = 1 / a
    for n in range(1, 10_000):
        term *= x / (a + n)
        total += term
        if term < total * 1e-16:
            break
    return total


def _gamma_fraction(a: float, x: float) -> float:
    b = x + 1 - a
    c, d = 1 / _TINY, 1 / b
    value = d
    for n in range(1, 10_000):
        b += 2
        an = -n * (n - a)
        d = 1 / _nonzero(an * d + b)
        c = _nonzero(b + an / c)
        value *= c * d
        if abs(c * d - 1) < _CLOSE:
            break
    return value


def _beta(x: float, a: float, b: float) -> float:
    """The regularized incomplete beta function I_x(a, b)."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    scale = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    if x < (a + 1) / (a + b + 2):
        return scale * _beta_fraction(x, a, b) / a
    return 1 - scale * _beta_fraction(1 - x, b, a) / b


def _beta_fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1 / _nonzero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        before = value
        for numerator in (even, odd):
            d = 1 / _nonzero(1 + numerator * d)
            c = _nonzero(1 + numerator / c)
            value *= c * d
        if abs(value - before) < _CLOSE * abs(value):
            break
    return value


def _nonzero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def _bisect(rising: Callable[[float], float], target: float, low: float, high: float) -> float:
    for _ in range(200):
        middle = (low + high) / 2
        if middle in {low, high}:
            break
        if rising(middle) < target:
            low = middle
        else:
            high = middle
    return (low + high) / 2
