"""What SciPy says of the counts in the file beside it: draws `says` of each case anew (`python3 scipy_results.py`)."""

import json
from pathlib import Path

from scipy.stats import binomtest, chi2_contingency, chisquare
from scipy.stats.contingency import relative_risk

FILE = Path(__file__).with_suffix(".json")


def against(control, one):
    table = [[n["conversions"], n["visitors"] - n["conversions"]] for n in (control, one)]
    p = chi2_contingency(table, correction=False).pvalue
    ratio = relative_risk(one["conversions"], one["visitors"], control["conversions"], control["visitors"])
    low, high = ratio.confidence_interval(0.95)
    return {"p": p, "lift": ratio.relative_risk - 1, "lift_interval": [low - 1, high - 1]}


def says(case):
    counts, weights = case["counts"], case["weights"]
    total = sum(n["visitors"] for n in counts)
    expected = [total * weight / sum(weights) for weight in weights]
    rates = [binomtest(n["conversions"], n["visitors"]).proportion_ci(0.95, "wilson") for n in counts]
    return {
        "intervals": [[rate.low, rate.high] for rate in rates],
        "against": [against(counts[0], one) for one in counts[1:]],
        "split": chisquare([n["visitors"] for n in counts], expected).pvalue,
    }


if __name__ == "__main__":
    cases = json.loads(FILE.read_text())
    print(json.dumps([{**case, "says": says(case)} for case in cases], indent=1))
