#!/usr/bin/env bash
# rouge-score: an answer in Korean or Thai equal to its reference scores 0; in Vietnamese different words are equal.
# Standard: ROUGE (Lin 2004) counts common n-grams of words; the package is the usual one behind LLM evaluations.
# For a node: an AI passport's ROUGE for Korean or Vietnamese says nothing about the system. The default tokenizer
# keeps a-z and 0-9 alone. Name the tokenizer with the figure, and test it on a copy of the reference first.
. "$(dirname "$0")/_room.sh"
guess "a text compared with itself is 1.0 in every language; two different words are 0.0"
found "Korean and Thai 0.0 with themselves; 'đường' and 'dương', cut to their Latin letters, partly agree"
source_packages=rouge-score python_with rouge-score==0.1.2 nltk==3.10.4 numpy==2.0.2 setuptools==80.9.0
python_sees <<'PY'
from rouge_score.rouge_scorer import RougeScorer
from rouge_score.tokenize import tokenize
scorer = RougeScorer(["rouge1", "rougeL"])
for reference, answer in (("고용 통계", "고용 통계"), ("การจ้างงาน", "การจ้างงาน"), ("đường", "đang"), ("lao động", "lao dộng"), ("việc làm", "viết lắm")):
    scores = scorer.score(reference, answer)
    print(reference, "|", answer, "|", scores["rouge1"].fmeasure, scores["rougeL"].fmeasure, tokenize(reference, None), tokenize(answer, None))
PY
unchanged <<'END'
고용 통계 | 고용 통계 | 0.0 0 [] []
การจ้างงาน | การจ้างงาน | 0.0 0 [] []
đường | đang | 0.0 0.0 ['ng'] ['ang']
lao động | lao dộng | 0.8 0.8 ['lao', 'ng'] ['lao', 'd', 'ng']
việc làm | viết lắm | 0.75 0.75 ['vi', 'c', 'l', 'm'] ['vi', 't', 'l', 'm']
END
