"""The same work with NVIDIA's perf_analyzer and with loadgen, in turn, on one running server.

`printed` reads what both tools print and `judgement` decides whether they agree; both are pure. `tools` runs one tool
once, `runs` runs both in turn, `table` lays the figures out side by side.
"""
