from __future__ import annotations

import msgspec
import pytest

from faifo.demo import loan_model, tables
from faifo.demo.loan_model import FEATURES, LoanModel
from faifo.errors import MalformedMessageError, SettingsError

GOOD = {"hrat": 25, "obrat": 33, "loanprc": 0.8, "unem": 3, "pubrec": 0, "chist": 1, "unver": 0}


@pytest.fixture(scope="module")
def model() -> LoanModel:
    return loan_model.fit(tables.loan_applications())


def test_two_fifths_are_held_out(model: LoanModel):
    assert (model.fitted_on, model.held_out) == (1193, 796)


def test_it_is_better_than_always_saying_yes(model: LoanModel):
    assert model.accuracy > model.baseline
    assert model.auc > 0.75


def test_nothing_protected_is_a_feature():
    protected = {"black", "hispan", "white", "male", "married", "dep", "old", "min30", "mi"}
    assert FEATURES.keys().isdisjoint(protected)


def test_worse_applicants_get_lower_answers(model: LoanModel):
    good = model.approval(GOOD)
    for change in ({"obrat": 60}, {"pubrec": 1}, {"chist": 0}, {"unver": 1}, {"loanprc": 1.2}):
        assert model.approval({**GOOD, **change}) < good


def test_the_same_table_gives_the_same_model(model: LoanModel):
    again = loan_model.fit(tables.loan_applications())
    assert again == model
    assert again.digest == model.digest


def test_any_other_weight_has_another_digest(model: LoanModel):
    weights = (model.weights[0] + 1e-12, *model.weights[1:])
    assert msgspec.structs.replace(model, weights=weights).digest != model.digest


def test_the_card_warns_and_tells_how_good_it_is(model: LoanModel):
    card = model.card()
    assert "Not for decisions about people." in card["warning"]
    assert card["held_out_accuracy"] == pytest.approx(model.accuracy, abs=1e-4)
    assert card["held_out_baseline"] == pytest.approx(model.baseline, abs=1e-4)
    assert card["digest"] == f"sha256:{model.digest}"


@pytest.mark.parametrize(
    ("applicant", "got"),
    [
        pytest.param({}, "-", id="no features"),
        pytest.param({"hrat": 1.0}, "hrat", id="a feature is missing"),
        pytest.param({**GOOD, "male": 1.0}, ", ".join(sorted({*GOOD, "male"})), id="one too many"),
    ],
)
def test_an_applicant_has_exactly_the_features(model: LoanModel, applicant: dict, got: str):
    with pytest.raises(MalformedMessageError) as caught:
        model.approval(applicant)
    assert str(caught.value) == (
        f"the applicant has {got}; expected exactly "
        "hrat, obrat, loanprc, unem, pubrec, chist, unver"
    )


def test_rows_with_a_missing_value_are_left_out():
    table = tables.loan_applications()
    holed = [{**row, "hrat": ""} if place < 500 else row for place, row in enumerate(table)]
    model = loan_model.fit(holed)
    assert model.fitted_on + model.held_out == len(table) - 500


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        pytest.param([], "the table has 0 rows; expected some hundreds", id="empty"),
        pytest.param(
            [{"a": "1"}],
            "the table of loan applications cannot be used: 'hrat'; "
            "expected numbers in hrat, obrat, loanprc, unem, pubrec, chist, unver, approve",
            id="another table",
        ),
    ],
)
def test_a_table_that_cannot_be_used(table: list[dict[str, str]], sentence: str):
    with pytest.raises(SettingsError) as caught:
        loan_model.fit(table)
    assert str(caught.value) == sentence


def test_unseen_scores_are_of_models_that_have_not_seen_the_row():
    table = tables.loan_applications()
    scored = loan_model.unseen_scores(table)
    assert len(scored) == len(loan_model.usable(table))
    # What a row says of its own outcome does not change its score.
    row, score = scored[7]
    turned = [{**one, "approve": "0" if one["approve"] == "1" else "1"} if one is row else one
              for one in table]  # fmt: skip
    assert loan_model.unseen_scores(turned)[7][1] == score


def test_both_parts_together_are_all_usable_rows():
    table = tables.loan_applications()
    learned, judged = loan_model.parts(table)
    assert len(learned) + len(judged) == len(loan_model.usable(table))
    assert not {id(row) for row in learned} & {id(row) for row in judged}
