"""Data only (TOML): regions, need groups, prices, policy and labels. No code."""
