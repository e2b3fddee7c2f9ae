"""Print the phrases and help texts that a language does not have yet, as TOML to be filled in.

`python scripts/untranslated.py ko` prints them; with `--write` they go into the list of what tests
take as known (tests/unit/phrases/untranslated.txt), which is empty when all is translated.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from faifo.phrases.catalogue import Counted, catalogue, help_texts, translated

LISTED = Path(__file__).parents[1] / "tests" / "unit" / "phrases" / "untranslated.txt"


def main() -> int:
    """Print what is missing; 1 if anything is."""
    lang = next((one for one in sys.argv[1:] if not one.startswith("-")), "ko")
    missing = {key: one for key, one in catalogue("en").items() if key not in translated(lang)}
    section = ""
    for key, phrase in sorted(missing.items(), key=lambda one: one[0].rpartition(".")):
        above, _, name = key.rpartition(".")
        if isinstance(phrase, Counted):
            forms = "".join(f"\n{form} = {_quoted(text)}" for form, text in phrase.forms.items())
            print(f"\n[{key}]\nby = {_quoted(phrase.by)}{forms}")
            section = ""
            continue
        if above != section:
            print(f"\n[{above}]")
            section = above
        print(f"{name} = {_quoted(phrase)}")
    helped = [text for text in help_texts("vi") if text not in help_texts(lang)]
    print(*("\n# help", *(f'{_quoted(text)} = ""' for text in helped)) if helped else (), sep="\n")
    if "--write" in sys.argv:
        lines = [*sorted(missing), *(f"help: {text}" for text in helped)]
        LISTED.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    print(f"{len(missing)} phrases, {len(helped)} help texts", file=sys.stderr)
    return 1 if missing or helped else 0


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(main())
