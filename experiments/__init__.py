"""Runs, weights and champions: the only room that talks to MLflow."""
