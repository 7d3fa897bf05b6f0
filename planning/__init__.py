"""From forecasts and a service level to places: policy, flow, mix, curve and plan."""
