"""The benchmarks: `python -m bench`, or `make bench`.

Every target is a ratio to a reference that runs in the same minute on the same machine, or a figure
that the machine hardly moves. They need the runtime environment, Linux, and nginx and wrk for the
part that compares with nginx; where those are missing, that part says so and is left out.
"""
