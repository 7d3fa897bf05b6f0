"""The shared language (panels, samples, stays) and the judge (scores, backtest, pool)."""
