"""The Inter fonts (SIL Open Font License), so that a report looks the same everywhere."""
