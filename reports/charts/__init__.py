"""One module per kind of drawing; each gives a chart in the Vega-Lite grammar."""
