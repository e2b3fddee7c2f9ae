"""Faifo and the open AI Verify plugins on the same rows: `python -m bench.aiverify`.

AI Verify is installed into a virtual environment of its own, since it needs older versions of what
Faifo uses. Both judge the same random forest on the same split; what both report is compared with
the definition, from counts, and with scikit-learn and fairlearn as referees.
"""
