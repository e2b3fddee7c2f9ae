from __future__ import annotations

from typing import Any

import pytest

from faifo.messages.dsp_2025_1.catalog import Dataset
from faifo.messages.dsp_2025_1.codec import read
from faifo.node.showing import answers


def _dataset(**members: Any) -> Dataset:
    import json

    document = {
        "@context": ["https://w3id.org/dspace/2025/1/context.jsonld"],
        "@id": "d",
        "@type": "Dataset",
        "hasPolicy": [{"@id": "o", "@type": "Offer", "permission": [{"action": "use"}]}],
        "distribution": [{"format": "HttpData-PULL", "accessService": "s"}],
        **members,
    }
    return read(Dataset, json.dumps(document).encode()).message


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Rice", "Rice"),
        ({"@value": "Rice", "@language": "en"}, "Rice"),
        (["Rice", "Lúa"], "Rice"),
        ([{"@value": "Rice"}], "Rice"),
        ([], None),
        (7, None),
        ({}, None),
        ([{"@value": "Reis", "@language": "de"}, {"@value": "Rice", "@language": "en"}], "Rice"),
        ({"vi": "Gạo", "en": "Rice"}, "Rice"),
        ({"@value": "Größe", "@language": "de"}, "Größe"),
    ],
)
def test_a_title_of_any_form_is_shown_as_a_text(title: Any, shown: str | None) -> None:
    assert answers.offered(_dataset(**{"dct:title": title})).title == shown


@pytest.mark.parametrize(
    ("lang", "title", "keywords"),
    [("vi", "Gạo", ("lúa", "rice", "grain")), ("ko", "Rice", ("rice", "grain", "lúa"))],
)
def test_the_reader_s_language_comes_first_and_all_are_searched(
    lang: str, title: str, keywords: Any
) -> None:
    titles = [{"@value": "Rice", "@language": "en"}, {"@value": "Gạo", "@language": "vi-VN"}]
    words = {"en": ["rice", "grain"], "vi": "lúa"}
    written = _dataset(**{"dct:title": titles, "dcat:keyword": words})
    shown = answers.offered(written, lang)
    assert (shown.title, shown.keywords) == (title, keywords)
    assert set(answers.properties(shown, written)["title"]) == {"Rice", "Gạo"}


def test_what_a_catalog_does_not_say_is_null() -> None:
    shown = answers.offered(_dataset())
    assert shown.id == "d"
    assert shown.formats == ("HttpData-PULL",)
    assert shown.endpoint == "s"
    assert (shown.size, shown.sha256, shown.media_type) == (None, None, None)


@pytest.mark.parametrize(
    ("name", "written", "shown"),
    [
        ("dcat:keyword", "one", ("one",)),
        ("dcat:keyword", [{"@value": "a"}, "b", 7], ("a", "b")),
        ("dct:license", {"@id": "https://h/cc"}, "https://h/cc"),
    ],
)
def test_members_that_dsp_leaves_open(name: str, written: Any, shown: Any) -> None:
    members = {"dcat:keyword": "keywords", "dct:license": "licence"}
    assert getattr(answers.offered(_dataset(**{name: written})), members[name]) == shown


def test_a_distribution_says_its_size_and_type_in_any_form() -> None:
    iana = {"@id": "https://www.iana.org/assignments/media-types/text/csv"}
    number = "http://www.w3.org/2001/XMLSchema#nonNegativeInteger"
    said = {"dcat:byteSize": [{"@value": "12", "@type": number}], "dcat:mediaType": iana}
    one = {"format": "HttpData-PULL", "accessService": "s", **said}
    shown = answers.offered(_dataset(distribution=[one]))
    assert (shown.size, shown.media_type) == (12, "text/csv")
