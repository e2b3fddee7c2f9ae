from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from faifo.api.node import Entry
from faifo.api.processes import why_ended, why_failed
from faifo.errors import NotFoundError
from faifo.phrases import LANGUAGES, Phrase, accepted, language, say, spoken
from faifo.phrases import catalogue as phrases
from faifo.phrases.catalogue import Counted, catalogue, placeholders, translated
from faifo.phrases.reading import tables

UNTRANSLATED = Path(__file__).with_name("untranslated.txt")
HANGUL = re.compile("[가-힣]")
# Names, units and what is typed: the same in every language.
SAME_EVERYWHERE: frozenset[str] = frozenset()

VIETNAMESE = re.compile(
    "[ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]", re.I
)

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)

_WORDS = re.compile(r"\{.*?\}")
_LETTER = re.compile(r"[^\W\d_]")


def _has_marks(text: str) -> bool:
    return VIETNAMESE.search(text) is not None


def _forms(lang: str) -> Iterator[tuple[str, str]]:
    """Yield every phrase, and every form of those that count."""
    for key, phrase in catalogue(lang).items():
        for form in phrase.forms.values() if isinstance(phrase, Counted) else (phrase,):
            yield key, form


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_language_holds_the_same_keys(lang: str):
    """What stands in the list is said in English; it is empty when all is translated."""
    lines = UNTRANSLATED.read_text("utf-8").splitlines() if lang == "ko" else []
    listed = [line for line in lines if not line.startswith("help: ")]
    assert translated(lang).keys() - catalogue("en").keys() == set()
    assert catalogue("en").keys() - translated(lang).keys() == set(listed)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_language_needs_the_same_facts(lang: str):
    differing = {
        key
        for key, phrase in catalogue("en").items()
        if placeholders(phrase) != placeholders(catalogue(lang)[key])
    }
    assert differing == set()


def test_what_is_not_translated_is_said_in_english_with_its_own_forms(
    monkeypatch: pytest.MonkeyPatch,
):
    known = {key: one for key, one in catalogue("ko").items() if key != "errors.waiting.tried"}
    counted = {"errors.waiting.tried": catalogue("en")["errors.waiting.tried"]}
    monkeypatch.setattr(phrases, "catalogue", lambda _: {**known, **counted})
    assert say("errors.waiting.tried", "ko", message="M", times=1) == "; M was tried once"
    assert say("errors.waiting.tried", "ko", message="M", times=2) == "; M was tried 2 times"


def test_korean_sentences_are_written_in_hangul():
    own = translated("ko")
    words = {key: _WORDS.sub("", one) for key, one in _forms("ko") if key in own}
    bare = [key for key, text in words.items() if _LETTER.search(text) and not HANGUL.search(text)]
    assert set(bare) <= SAME_EVERYWHERE


@pytest.mark.parametrize("lang", LANGUAGES)
def test_facts_are_plain_names(lang: Any):
    names = {name for phrase in catalogue(lang).values() for name in placeholders(phrase)}
    assert {name for name in names if not name.isidentifier()} == set()


def test_vietnamese_sentences_are_written_with_diacritics():
    words = {key: _WORDS.sub("", phrase) for key, phrase in _forms("vi")}
    bare = [key for key, text in words.items() if _LETTER.search(text) and not _has_marks(text)]
    assert set(bare) == {"errors.unit.bytes"}


def test_say_fills_the_facts():
    facts = {"given": "2027-02-01T00:00:00Z", "right": "2026-12-31T23:59:59Z"}
    assert say("policy.dateTime.lteq.fails", "en", **facts) == (
        "The date 2027-02-01T00:00:00Z is after the last allowed 2026-12-31T23:59:59Z."
    )
    assert say("policy.dateTime.lteq.fails", "vi", **facts) == (
        "Thời điểm 2027-02-01T00:00:00Z sau thời điểm cuối cùng được phép 2026-12-31T23:59:59Z."
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("https://me:pass@h/a", "https://…@h/a"),
        ("'http://token@h:1/', and sftp://u:p@h", "'http://…@h:1/', and sftp://…@h"),
        ("http://me:pa/s?s#@h/", "http://…@h/"),
        ("http://h:8080/@c, http://[::1]/@c, http://h/@c", None),
        ("ann@example.org, did:web:h:@c", None),
    ],
)
def test_no_sentence_shows_the_login_in_an_address(given: str, said: str | None):
    assert str(NotFoundError(what="x", name=given)).count(said or given) == 1


def test_facts_are_not_read_as_phrases():
    given = "{right.__class__} {0}"
    assert given in say("policy.recipient.eq.holds", "en", given=given)


@pytest.mark.parametrize(
    ("key", "lang", "facts", "sentence"),
    [
        pytest.param("no.such", "en", {}, "no phrase 'no.such' in en.toml", id="unknown key"),
        pytest.param(
            "policy.same.holds", "fr", {}, "no phrases in the language 'fr'; there are en, vi, ko",
            id="unknown language",
        ),
        pytest.param(
            "policy.dateTime.lteq.fails", "vi", {"given": "x"},
            "the phrase 'policy.dateTime.lteq.fails' needs the facts: right", id="missing fact",
        ),
    ],
)  # fmt: skip
def test_an_error_of_the_program_is_a_key_error(key: Any, lang: Any, facts: Any, sentence: Any):
    with pytest.raises(KeyError) as caught:
        say(key, lang, **facts)
    assert caught.value.args == (sentence,)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [("vi_VN.UTF-8", "vi"), ("vi", "vi"), ("VI-vn", "vi"), ("vie", "en"), ("C", "en"),
     ("en_GB.UTF-8", "en"), ("ko_KR.UTF-8", "ko"), ("kok", "en"), ("", "en"), (None, "en")],
)  # fmt: skip
def test_language_of_the_environment(environ: Any, expected: Any):
    assert language(environ) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [("vi", "vi"), ("vi-VN,vi;q=0.9,en;q=0.8", "vi"), ("en;q=0.5, vi", "vi"), ("en, vi", "en"),
     ("fr, vi;q=0.3", "vi"), ("ko-KR,en;q=0.8", "ko"), ("vi;q=0.2, ko", "ko"),
     ("vi;q=0, en;q=0.1", "en"), ("vi;q=x", "en"), ("fr", "en"),
     ("*", "en"), ("", "en"), (None, "en")],
)  # fmt: skip
def test_language_that_is_accepted(header: str | None, expected: str):
    assert accepted(header) == expected


@pytest.mark.parametrize(
    ("lang", "times", "sentence"),
    [
        ("en", 0, "; M was tried 0 times"),
        ("en", 1, "; M was tried once"),
        ("en", 2, "; M was tried 2 times"),
        ("vi", 1, "; M đã được thử 1 lần"),
    ],
)
def test_a_count_has_its_languages_form(lang: str, times: int, sentence: str):
    assert say("errors.waiting.tried", lang, message="M", times=times) == sentence


def test_a_phrase_within_a_phrase_is_said_in_the_same_language():
    facts = {"what": Phrase("errors.transfer"), "reasons": (Phrase("errors.waiting.reason"), "{x}")}
    assert say("errors.refused", "en", **facts) == "transfer refused: no decision in time; {x}"
    assert say("errors.refused", "vi", **facts) == (
        "phiên truyền bị từ chối: chưa có quyết định kịp thời; {x}"
    )


def test_phrases_are_the_same_by_key_and_facts():
    same = Phrase("errors.told.it"), Phrase("errors.told.it")
    assert len({*same, Phrase("errors.told.or", one=1, other=2)}) == 2
    assert Phrase("errors.told.or", one=1, other=2) != Phrase("errors.told.or", one=2, other=1)
    assert Phrase("errors.told.it") != "it"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stopped by a person", "do một người dừng"),
        ("the licence is over", "the licence is over"),
        (
            "Since the agreement 40 days have passed; it must be at most 30 days.",
            "Đã qua 40 ngày từ khi thỏa thuận; phải là nhiều nhất 30 ngày.",
        ),
        (
            "The provider has stopped this: the data is wrong",
            "Bên cung cấp đã dừng việc này: the data is wrong",
        ),
        (
            "no decision came in time (days: 7)",
            "không có quyết định kịp thời (số ngày: 7)",
        ),
        (
            "the other side knows no such negotiation, which is REQUESTED here",
            "bên kia không biết cuộc đàm phán này, ở đây nó đang REQUESTED",
        ),
        (
            "DCP 1.0 §5.4.3 step 6: MembershipCredential by did:web:a is revoked",
            "DCP 1.0 §5.4.3 bước 6: MembershipCredential do did:web:a cấp đã bị thu hồi",
        ),
        (
            "DCP 1.0 §4.3.3: the caller is not let in; why stands in the log of this node",
            "DCP 1.0 §4.3.3: bên gọi không được vào; lý do nằm trong nhật ký của nút này",
        ),
        ("Note: the data is not ready", "Note: the data is not ready"),
        (
            'The requested "only for the purpose a; until 2027" is wider than the offered '
            '"to read".',
            'Ràng buộc được yêu cầu "chỉ cho mục đích a; đến hết 2027" rộng hơn ràng buộc đã chào '
            '"hành động read".',
        ),
    ],
)
def test_a_reason_that_a_node_told_in_english_is_read_in_any_language(text: str, said: str):
    assert spoken(why_ended(text), "vi") == said
    assert str(why_ended(text)) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "did:web:a cannot be reached: Connection refused",
            "không liên lạc được với did:web:a: Connection refused",
        ),
        (
            "answered 401: DCP 1.0 §4.3.3: the caller is not let in; why stands in the log of this"
            " node",
            "trả lời 401: DCP 1.0 §4.3.3: bên gọi không được vào; lý do nằm trong nhật ký của nút"
            " này",
        ),
        (
            "answered 504: what the caller named cannot be reached: no answer",
            "trả lời 504: không liên lạc được với thứ mà bên gọi nêu tên: no answer",
        ),
        # Half of it would be translated by what only looks like a phrase.
        ("answered 503: its disk: the disk is full", "trả lời 503: its disk: the disk is full"),
    ],
)
def test_the_last_error_of_a_message_is_read_in_any_language(text: str, said: str):
    assert spoken(why_failed(text), "vi") == said
    assert str(why_failed(text)) == text


def test_the_step_of_a_proof_is_no_part_of_what_is_not_proven():
    """Else its name stands in the middle of the sentence in languages of another order."""
    told = "DCP 1.0 §5.4.3 step 6: MembershipCredential by did:web:a is revoked"
    step = say("errors.step.numbered", "ko", section="DCP 1.0 §5.4.3", number="6")
    revoked = say(
        "errors.told.status.revoked", "ko", names="MembershipCredential", issuer="did:web:a"
    )
    assert spoken(why_ended(told), "ko") == f"{step}: {revoked}"


def test_a_note_of_a_timeline_is_read_in_any_language():
    facts = {"message": "ContractRequestMessage", "status": 0}
    note = "withdrawn before an answer came, for a TransferTerminationMessage"
    entry = Entry(at=NOON, kind="message", code="out-noted", facts={**facts, "note": note})
    assert note in entry.sentence("en")
    assert "rút lại trước khi có trả lời, để gửi TransferTerminationMessage" in entry.sentence("vi")


@pytest.mark.parametrize("name", ["en", "vi", "ko", "help.vi", "help.ko"])
def test_a_file_is_read_as_tomllib_reads_it(name: str):
    """Plain tables are read by an expression of ours, which may differ in nothing."""
    text = (files("faifo.phrases") / f"{name}.toml").read_text("utf-8")
    whole: dict[str, Any] = {}
    for table, members in tables(text).items():
        here = whole
        for step in filter(None, table.split(".")):
            here = here.setdefault(step, {})
        here.update(members)
    assert whole == tomllib.loads(text)
