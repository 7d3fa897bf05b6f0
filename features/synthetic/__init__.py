"""Demonstration data: a synthetic extract and register, drawn from the numbers of demo.toml.

Nothing here is about real children. Every identifier begins with `SYN-`.
"""

from features.synthetic.draw import Demo, draw_demo
from features.synthetic.spec import DemoSpec
from features.synthetic.text import demo_config, demo_readme

__all__ = ["Demo", "DemoSpec", "demo_config", "demo_readme", "draw_demo"]
