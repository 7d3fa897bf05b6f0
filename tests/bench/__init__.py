"""Benchmarks: the main job's seconds and memory, forecasts beside peers, the engine's speed."""
