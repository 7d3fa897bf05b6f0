"""The one door between a plan and what leaves the program as a file."""

from reports.disclosure.released import Released
from reports.disclosure.rules import Profile, Rules, parse_profile

__all__ = ["Profile", "Released", "Rules", "parse_profile"]
