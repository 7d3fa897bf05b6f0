"""Writes the demonstration: a synthetic extract, its register and its configuration."""

import tomllib
from pathlib import Path

from features.synthetic import DemoSpec, demo_config, demo_readme, draw_demo
from forecasting.streams import Streams
from service.files import require_writable, write_folder
from service.settings import packaged_text


def write_demo(folder: Path, *, seed: int, scale: float) -> tuple[Path, ...]:
    """Draw and write the demonstration. Returns the files' paths."""
    require_writable(folder)
    spec = DemoSpec.from_dict(tomllib.loads(packaged_text("demo.toml")))
    demo = draw_demo(spec, streams=Streams(seed), scale=scale)
    files = {
        "referrals.csv": demo.referrals.to_csv(index=False, lineterminator="\n"),
        "register.csv": demo.register.to_csv(index=False, lineterminator="\n"),
        "plassplan.toml": demo_config(spec, packaged=packaged_text()),
        "README.md": demo_readme(spec),
    }
    write_folder(folder, {name: text.encode() for name, text in files.items()})
    return tuple(folder / name for name in files)
