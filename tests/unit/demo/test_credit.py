"""Groups are counted as the table has them, and nobody is put into one that it does not tell."""

from __future__ import annotations

from collections import Counter

import pytest

from faifo.demo import credit, loan_model, tables
from faifo.demo.model_service import CUT_OFFS


def test_groups_by_sex_and_age_leave_out_whose_sex_is_not_told():
    found = credit.measure(credit.SEX_AND_AGE)
    rows = tables.loan_applications()
    assert found.rows == sum(row["male"] != "" for row in rows) == 1974
    assert sum(found.groups.values()) == found.rows
    assert found.groups["older women"] == sum((r["male"], r["old"]) == ("0", "1") for r in rows)


@pytest.mark.parametrize("cut_off", CUT_OFFS.values())
def test_the_ratio_is_that_of_the_smallest_and_the_largest_share(cut_off: float):
    asked: Counter[str] = Counter()
    approved: Counter[str] = Counter()
    for row, score in loan_model.unseen_scores(tables.loan_applications()):
        if row["male"]:
            asked[row["male"] + row["old"]] += 1
            approved[row["male"] + row["old"]] += round(score, 6) >= cut_off
    shares = sorted(approved[name] / asked[name] for name in asked)
    assert credit.impact(cut_off, credit.SEX_AND_AGE) == pytest.approx(shares[0] / shares[-1])
