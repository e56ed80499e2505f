"""AUC and its variance from what a saved model holds: class counts, fold values, a table of scores.

References: Hanley & McNeil, Radiology 143 (1982); DeLong, DeLong & Clarke-Pearson, Biometrics 44
(1988); Nadeau & Bengio, Machine Learning 52 (2003).  Bengio & Grandvalet, JMLR 5 (2004): there is
no unbiased variance estimator for k-fold cross-validation, so the largest of three is taken.
"""

from msgspec import Struct

from h2o_forensics.model.training import Metrics, Scores

TWO_CLASSES = 2
LEAST_OF_A_CLASS = 5
"""Below so many positives or negatives no AUC is judged."""


class TableAuc(Struct, frozen=True):
    """AUC and DeLong variance of a table of scores."""

    auc: float
    variance: float | None
    """None: fewer than two rows of a class."""


def class_counts(metrics: Metrics) -> tuple[float, float] | None:
    """Positives and negatives of a binomial metrics object; None where it does not tell.

    From the table of scores, else from the confusion matrix, whose classes stand in domain order:
    H2O's positive class is the second.
    """
    if metrics.scores is not None and metrics.scores.thresholds:
        return sum(metrics.scores.positives), sum(metrics.scores.negatives)
    if len(metrics.class_rows) == TWO_CLASSES:
        negatives, positives = metrics.class_rows.values()
        return positives, negatives
    return None


def hanley_mcneil(auc: float, positives: float, negatives: float) -> float:
    """Variance of an AUC by Hanley & McNeil (1982): exponential scores, independent rows.

    At a perfect (or perfectly wrong) AUC, where the formula gives 0, the rule of three takes its
    place: the 95 % lower limit 1 - 3 / min(P, N) is 1.645 standard errors away.
    """
    if positives <= 0 or negatives <= 0:
        return 0.0
    if auc >= 1 or auc <= 0:
        return (3 / max(min(positives, negatives), 3.0) / 1.645) ** 2
    q1, q2 = auc / (2 - auc), 2 * auc * auc / (1 + auc)
    top = auc * (1 - auc) + max(positives - 1, 0) * (q1 - auc**2)
    top += max(negatives - 1, 0) * (q2 - auc**2)
    return top / (positives * negatives)


def table_auc(scores: Scores) -> TableAuc | None:
    """AUC and DeLong (1988) variance from the histogram of scores; ties count half.

    None without rows of both classes.  Assumes independent rows.
    """
    p, n = sum(scores.positives), sum(scores.negatives)
    if p <= 0 or n <= 0:
        return None
    below, above = n, 0.0  # negatives at most this score, positives above it
    beats_negatives, beaten_by_positives = [], []
    for in_bin, others in zip(scores.positives, scores.negatives, strict=True):
        beats_negatives.append((below - others / 2) / n)
        beaten_by_positives.append((above + in_bin / 2) / p)
        below -= others
        above += in_bin
    auc = sum(c * v for c, v in zip(scores.positives, beats_negatives, strict=True)) / p
    if p <= 1 or n <= 1:
        return TableAuc(auc, None)
    of_p = zip(scores.positives, beats_negatives, strict=True)
    of_n = zip(scores.negatives, beaten_by_positives, strict=True)
    variance = sum(c * (v - auc) ** 2 for c, v in of_p) / ((p - 1) * p)
    variance += sum(c * (v - auc) ** 2 for c, v in of_n) / ((n - 1) * n)
    return TableAuc(auc, variance)


def nadeau_bengio(sd: float, folds: int) -> float:
    """Variance of a k-fold mean (Nadeau & Bengio 2003): training sets overlap, so not sd^2 / k.

    With n_test / n_train = 1 / (k - 1).  `sd` is the sample sd over folds.
    """
    return sd * sd * (1 / folds + 1 / (folds - 1))
