"""What the server and the page keep outside the tables and that no single feature owns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import MetaData

from mcmeet.core.db import Base
from mcmeet.core.declare import PD, BrowserStore, Files, JobArguments, Keep, NoPD, Purpose, Store
from mcmeet.core.feature import Feature
from mcmeet.core.jobs import Arguments
from mcmeet.core.logs import SERVER_LOG
from mcmeet.core.sms import DEMO_TERMINAL
from mcmeet.privacy.network_log.checkpoints import CHECKPOINTS
from mcmeet.privacy.network_log.partitions import FOLDER
from mcmeet.privacy.network_log.tables import LogBase


def _own_file(prefix: str, why: str) -> Files:
    return Files(
        prefix=prefix,
        purpose=Purpose.SERVICE_OPERATION,
        clause=("3.1",),
        keep=Keep.INSTALLATION,
        why=why,
    )


def _of_the_tab(kind: str, key: str) -> BrowserStore:
    """What brings a meeting back after a reload."""
    return BrowserStore(
        kind=kind,
        key=key,
        purpose=Purpose.SESSION_SECURITY,
        clause=("1.16",),
        keep=Keep.BROWSER_SESSION,
    )


def _setting(key: str) -> BrowserStore:
    """What somebody chose for their pages, in this browser."""
    return BrowserStore(
        kind="localStorage",
        key=key,
        purpose=Purpose.PREFERENCE,
        clause=("1.16",),
        keep=Keep.BROWSER_SETTING,
    )


STORES: Final[tuple[Store, ...]] = (
    SERVER_LOG,
    DEMO_TERMINAL,
    _setting("mcmeet.language"),
    _setting("mcmeet.shortcuts"),
    _setting("mcmeet.theme"),
    _of_the_tab("sessionStorage", "mcmeet.seat"),
    _of_the_tab("history", "history.state"),
    _own_file("mcmeet.db", "the tables, declared column by column; with SQLite's own -wal and -shm"),
    _own_file("mcmeet.toml", "the operator's configuration"),
    _own_file("secrets/", "the installation's key; nothing about anybody"),
    _own_file("tls/", "with tls.mode = auto: the installation's authority, this machine's certificate"),
    _own_file("run.json", "process id and own address while the server runs"),
    _own_file("server.lock", "an empty file that holds a lock"),
    Files(
        prefix=f"{FOLDER}/",
        purpose=Purpose.NETWORK_LOG,
        clause=("2.1",),
        keep=Keep.NETWORK_LOG,
        why="one SQLite file for each week, declared column by column; on PostgreSQL there are none",
    ),
    _own_file(f"{CHECKPOINTS}/", "signed counts and hashes of the network log; nothing about anybody"),
    Files(
        prefix="dev-messages/",
        purpose=Purpose.ACCOUNT,
        clause=("1.2",),
        keep=Keep.ONE_TIME_CODE,
        why="demo mode only: the text messages that nobody sends; production refuses the provider",
    ),
)


def every_table() -> MetaData:
    """Those of the main database, and the one that each period of the network log has."""
    merged = MetaData()
    for metadata in (Base.metadata, LogBase.metadata):
        for table in metadata.sorted_tables:
            table.to_metadata(merged)
    return merged


def every_store(features: Iterable[Feature]) -> tuple[Store, ...]:
    owned = ((*feature.stores, *_told(feature)) for feature in features)
    return (*STORES, *(store for stores in owned for store in stores))


def _told(feature: Feature) -> tuple[JobArguments, ...]:
    """Jobs started by an event are told what the event's own feature declares."""
    jobs = (_arguments(kind.name, kind.arguments) for kind in feature.jobs)
    return (*jobs, *(_arguments(event.__name__, event) for event in feature.events))


def _arguments(name: str, model: type[Arguments]) -> JobArguments:
    """What is undeclared is missing here; `lint.argument_gaps` names it."""
    declared = {
        name: item
        for name, field in model.model_fields.items()
        for item in field.metadata
        if isinstance(item, PD | NoPD)
    }
    clauses = {clause for item in declared.values() if isinstance(item, PD) for clause in item.clause}
    return JobArguments(name=name, clause=tuple(sorted(clauses)), keep=Keep.JOB, fields=declared)
