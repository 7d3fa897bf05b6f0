"""Extract rows in; findings, panels, stays and residents out, as known on a day."""
