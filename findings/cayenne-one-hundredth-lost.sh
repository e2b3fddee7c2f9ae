#!/usr/bin/env bash
# Cayenne LPP: 0.29 V is sent as 0.28 V, and 1.001 A as 1.000 A, though the format holds both exactly.
# Standard: Cayenne LPP (IPSO data types): analog input and voltage have a resolution of 0.01, current and energy of 0.001.
# For a node: one reading in twenty of a sensor that measures in the format's own steps is one step too low, never too
# high, so sums and means sink and a limit of 0.29 is not reached. Round before encoding: a value and half a step.
. "$(dirname "$0")/_room.sh"
guess "a value that is a whole number of the format's steps comes back as it was put in"
found "the product is cut off, not rounded: one step is lost where the binary fraction lies just below it"
source_packages=pycayennelpp python_with pycayennelpp==2.4.0
python_sees <<'PY'
from cayennelpp import LppFrame

def sent(kind, value):
    frame = LppFrame()
    getattr(frame, f"add_{kind}")(1, value)
    return LppFrame().from_bytes(bytes(frame)).data[0].value[0]

for kind, value in (("voltage", 0.28), ("voltage", 0.29), ("analog_input", 1.13), ("current", 1.001)):
    print(kind, value, "comes back as", sent(kind, value))
steps = [n / 100 for n in range(1, 3000)]
low = sum(sent("voltage", value) < value for value in steps)
print("of", len(steps), "voltages from 0.01 to 29.99 V", low, "are too low,",
      sum(sent("voltage", value) > value for value in steps), "too high")
PY
unchanged <<'END'
voltage 0.28 comes back as 0.28
voltage 0.29 comes back as 0.28
analog_input 1.13 comes back as 1.12
current 1.001 comes back as 1.0
of 2999 voltages from 0.01 to 29.99 V 144 are too low, 0 too high
END
