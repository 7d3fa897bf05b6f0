"""The store's tables, version by version: each step makes a store of the version before it newer.

A step that was released is never edited: stores of it are out there.
"""

import sqlite3
from collections.abc import Iterator

APPLICATION_ID = 0x506C6173  # "Plas": tells our files from other programs'

FIRST = f"""
CREATE TABLE datasets (
    id INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL UNIQUE,
    key_id TEXT NOT NULL,
    rows_read INTEGER NOT NULL,
    rows_stored INTEGER NOT NULL,
    findings TEXT NOT NULL,
    loaded_at TEXT NOT NULL
) STRICT;
CREATE TABLE referrals (
    dataset_id INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    referral_id TEXT NOT NULL,
    columns TEXT NOT NULL,
    PRIMARY KEY (dataset_id, referral_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE plans (
    id TEXT PRIMARY KEY,
    year INTEGER NOT NULL,
    basis TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;
CREATE TABLE plan_files (
    plan_id TEXT NOT NULL REFERENCES plans (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (plan_id, name)
) STRICT;
PRAGMA application_id = {APPLICATION_ID};
"""

# A decision must be readable as it was signed, whoever opens the file: so the rules stand in the
# database too. An INSERT OR REPLACE deletes without asking a DELETE trigger, hence the checks of
# numbers at every insert, and RAISE(IGNORE) where the same row again is meant to change nothing.
YEARLY = """
CREATE TABLE yearly_versions (
    year INTEGER NOT NULL,
    region TEXT NOT NULL,
    number INTEGER NOT NULL CHECK (number >= 1),
    plan_id TEXT NOT NULL REFERENCES plans (id),
    horizon TEXT NOT NULL CHECK (horizon IN ('next_year', 'new_money', 'tertial_update')),
    tertial INTEGER CHECK (tertial BETWEEN 1 AND 3),
    based_on INTEGER CHECK (based_on < number),
    reason TEXT NOT NULL,
    who_name TEXT NOT NULL,
    who_role TEXT NOT NULL,
    made_at TEXT NOT NULL,
    signed_name TEXT,
    signed_role TEXT,
    signed_at TEXT,
    CHECK ((horizon = 'tertial_update') = (tertial IS NOT NULL)),
    CHECK ((signed_name IS NULL) = (signed_at IS NULL)),
    CHECK ((signed_name IS NULL) = (signed_role IS NULL)),
    PRIMARY KEY (year, region, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE yearly_overrides (
    year INTEGER NOT NULL,
    region TEXT NOT NULL,
    number INTEGER NOT NULL,
    nth INTEGER NOT NULL CHECK (nth >= 1),
    series_region TEXT NOT NULL,
    need_group TEXT NOT NULL,
    form TEXT NOT NULL CHECK (form IN ('base', 'standby', 'guaranteed', 'call_off')),
    places INTEGER CHECK (places >= 0),
    reason TEXT NOT NULL,
    who_name TEXT NOT NULL,
    who_role TEXT NOT NULL,
    made_at TEXT NOT NULL,
    PRIMARY KEY (year, region, number, nth),
    FOREIGN KEY (year, region, number) REFERENCES yearly_versions (year, region, number)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER yearly_versions_are_numbered BEFORE INSERT ON yearly_versions
WHEN NEW.number != (SELECT coalesce(max(number), 0) + 1 FROM yearly_versions
                    WHERE year = NEW.year AND region = NEW.region)
BEGIN SELECT RAISE(ABORT, 'versions are numbered one by one'); END;
CREATE TRIGGER yearly_versions_begin_unsigned BEFORE INSERT ON yearly_versions
WHEN NEW.signed_name IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a version is made before it is signed'); END;
CREATE TRIGGER yearly_versions_are_kept BEFORE DELETE ON yearly_versions
BEGIN SELECT RAISE(ABORT, 'versions are never deleted'); END;
CREATE TRIGGER locked_versions_never_change BEFORE UPDATE ON yearly_versions
WHEN OLD.signed_name IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a locked version never changes'); END;
CREATE TRIGGER versions_are_only_signed BEFORE UPDATE ON yearly_versions
WHEN (OLD.year, OLD.region, OLD.number, OLD.plan_id, OLD.horizon, OLD.tertial, OLD.based_on,
      OLD.reason, OLD.who_name, OLD.who_role, OLD.made_at)
  IS NOT (NEW.year, NEW.region, NEW.number, NEW.plan_id, NEW.horizon, NEW.tertial, NEW.based_on,
          NEW.reason, NEW.who_name, NEW.who_role, NEW.made_at)
BEGIN SELECT RAISE(ABORT, 'of a version only the signature can be added'); END;
CREATE TRIGGER only_the_newest_is_signed BEFORE UPDATE ON yearly_versions
WHEN OLD.number != (SELECT max(number) FROM yearly_versions
                    WHERE year = OLD.year AND region = OLD.region)
BEGIN SELECT RAISE(ABORT, 'only the newest version can be signed'); END;
CREATE TRIGGER overrides_are_of_an_open_version BEFORE INSERT ON yearly_overrides
WHEN NOT EXISTS (SELECT 1 FROM yearly_versions AS v
                 WHERE v.year = NEW.year AND v.region = NEW.region AND v.number = NEW.number
                   AND v.signed_name IS NULL
                   AND v.number = (SELECT max(number) FROM yearly_versions
                                   WHERE year = NEW.year AND region = NEW.region))
BEGIN SELECT RAISE(ABORT, 'a locked version never changes, nor one that is not the newest'); END;
CREATE TRIGGER overrides_are_numbered BEFORE INSERT ON yearly_overrides
WHEN NEW.nth != (SELECT coalesce(max(nth), 0) + 1 FROM yearly_overrides
                 WHERE year = NEW.year AND region = NEW.region AND number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'overrides are numbered one by one'); END;
CREATE TRIGGER overrides_never_change BEFORE UPDATE ON yearly_overrides
BEGIN SELECT RAISE(ABORT, 'an override never changes: make another'); END;
CREATE TRIGGER overrides_are_kept BEFORE DELETE ON yearly_overrides
BEGIN SELECT RAISE(ABORT, 'overrides are never deleted'); END;
CREATE TRIGGER decided_plans_are_there BEFORE INSERT ON plans
WHEN EXISTS (SELECT 1 FROM yearly_versions WHERE plan_id = NEW.id)
BEGIN SELECT RAISE(IGNORE); END;
CREATE TRIGGER decided_plans_never_change BEFORE UPDATE ON plans
WHEN EXISTS (SELECT 1 FROM yearly_versions WHERE plan_id IN (OLD.id, NEW.id))
BEGIN SELECT RAISE(ABORT, 'a version of a yearly plan rests on this plan'); END;
CREATE TRIGGER decided_plans_are_kept BEFORE DELETE ON plans
WHEN EXISTS (SELECT 1 FROM yearly_versions WHERE plan_id = OLD.id)
BEGIN SELECT RAISE(ABORT, 'a version of a yearly plan rests on this plan'); END;
CREATE TRIGGER decided_files_are_there BEFORE INSERT ON plan_files
WHEN EXISTS (SELECT 1 FROM yearly_versions WHERE plan_id = NEW.plan_id)
BEGIN SELECT RAISE(ABORT, 'a version of a yearly plan rests on this plan'); END;
CREATE TRIGGER decided_files_never_change BEFORE UPDATE ON plan_files
WHEN EXISTS (SELECT 1 FROM yearly_versions WHERE plan_id IN (OLD.plan_id, NEW.plan_id))
BEGIN SELECT RAISE(ABORT, 'a version of a yearly plan rests on this plan'); END;
CREATE TRIGGER decided_files_are_kept BEFORE DELETE ON plan_files
WHEN EXISTS (SELECT 1 FROM yearly_versions WHERE plan_id = OLD.plan_id)
BEGIN SELECT RAISE(ABORT, 'a version of a yearly plan rests on this plan'); END;
CREATE TABLE scenario_runs (
    id TEXT PRIMARY KEY,
    year INTEGER NOT NULL,
    reason TEXT NOT NULL,
    basis TEXT NOT NULL,
    rows TEXT NOT NULL,
    made_at TEXT NOT NULL
) STRICT;
"""

# Who asked for a run on a page; a run of the command line has nobody's name. What reports quote
# stays as it was run, as decisions do.
ASKED_BY = """
ALTER TABLE scenario_runs ADD COLUMN who TEXT NOT NULL DEFAULT '';
CREATE TRIGGER runs_are_there BEFORE INSERT ON scenario_runs
WHEN EXISTS (SELECT 1 FROM scenario_runs WHERE id = NEW.id)
BEGIN SELECT RAISE(IGNORE); END;
CREATE TRIGGER runs_never_change BEFORE UPDATE ON scenario_runs
BEGIN SELECT RAISE(ABORT, 'a run of scenarios never changes: run them again'); END;
CREATE TRIGGER runs_are_kept BEFORE DELETE ON scenario_runs
BEGIN SELECT RAISE(ABORT, 'runs of scenarios are never deleted'); END;
"""

# STEPS[n] makes version n + 1.
STEPS = (FIRST, YEARLY, ASKED_BY)
SCHEMA_VERSION = len(STEPS)


def statements(script: str) -> Iterator[str]:
    """The statements of a script one by one; a trigger is one, with all between BEGIN and END."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement.strip()
            statement = ""
