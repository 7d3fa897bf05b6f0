"""Count models and stay models, one file each, in two literal registries."""
