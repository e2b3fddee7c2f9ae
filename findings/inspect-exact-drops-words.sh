#!/usr/bin/env bash
# inspect-ai: exact() and match() find -5 equal to 5, and exact() drops the Vietnamese word "an" as an English article.
# Standard: none; the scorers' names and documentation ("exact match") are all that an evaluation log carries.
# For a node: "accuracy by exact()" in a log does not say that the answers are equal: signs, per-cent signs and, in
# Vietnamese, whole words ("an toàn" is safe, "toàn" is whole) do not count. Compute the verdict again from the samples.
. "$(dirname "$0")/_room.sh"
guess "exact() is equality but for case, outer spaces and a final full stop"
found "C (correct) for -5 and 5, 50% and 50, C++ and C, 'toàn' and 'an toàn'"
python_with inspect-ai==0.3.285
python_sees <<'PY'
import asyncio
from inspect_ai.model import ChatMessageUser, ModelOutput
from inspect_ai.scorer import Target, exact, match
from inspect_ai.solver import TaskState

async def main():
    for answer, target in (("-5", "5"), ("50%", "50"), ("C++", "C"), ("toàn", "an toàn"), ("làm", "lam")):
        state = TaskState(model="m", sample_id=1, epoch=1, input="q", messages=[ChatMessageUser(content="q")],
                          output=ModelOutput.from_content("m", answer))
        said = [(await scorer(state, Target(target))).value for scorer in (exact(), match())]
        print(f"answer {answer} target {target}: exact {said[0]} match {said[1]}")

asyncio.run(main())
PY
unchanged <<'END'
answer -5 target 5: exact C match C
answer 50% target 50: exact C match C
answer C++ target C: exact C match C
answer toàn target an toàn: exact C match I
answer làm target lam: exact I match I
END
