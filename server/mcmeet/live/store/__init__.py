"""Every SQL statement about runs, seats and stays. Called with a session inside `Db.read` or `Db.write`.

Functions that take a `run` are the room's own (docs/decisions/0010-tenants-in-every-store.md).
"""

from __future__ import annotations

from mcmeet.live.store.credentials import (
    forget_credentials,
    forget_old_credentials,
    has_old_credentials,
    issue_ticket,
    rotate_resume,
    seat_by_credential,
    ticket_by_credential,
    use_resume,
    use_ticket,
)
from mcmeet.live.store.rows import NO_TICKET, Run
from mcmeet.live.store.runs import (
    check_lease,
    create_run,
    end_run,
    end_runs_never_held,
    has_runs_never_held,
    require_running,
    run_by_id,
    run_by_number,
    runs_left_open,
    runs_of_host,
    take_lease,
)
from mcmeet.live.store.seats import (
    close_stay,
    create_seat,
    has_open_stay,
    host_name,
    move_seat,
    next_seat,
    occupant_of,
    open_stay,
    remove_seat,
    rename_seat,
    seats_of_person,
    seats_of_run,
    set_seat_role,
    stamp_seen,
)

__all__ = [
    "NO_TICKET",
    "Run",
    "check_lease",
    "close_stay",
    "create_run",
    "create_seat",
    "end_run",
    "end_runs_never_held",
    "forget_credentials",
    "forget_old_credentials",
    "has_old_credentials",
    "has_open_stay",
    "has_runs_never_held",
    "host_name",
    "issue_ticket",
    "move_seat",
    "next_seat",
    "occupant_of",
    "open_stay",
    "remove_seat",
    "rename_seat",
    "require_running",
    "rotate_resume",
    "run_by_id",
    "run_by_number",
    "runs_left_open",
    "runs_of_host",
    "seat_by_credential",
    "seats_of_person",
    "seats_of_run",
    "set_seat_role",
    "stamp_seen",
    "take_lease",
    "ticket_by_credential",
    "use_resume",
    "use_ticket",
]
