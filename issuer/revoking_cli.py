"""``clicid-issuer revoke``: one credential at once, or many after they were counted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from issuer.commands import CONFIG, ConfigFile, opened
from issuer.usecases.emergency import Emergency, Wanted
from issuer.usecases.overview import overview
from issuer.usecases.revocation import ActKind, Reason, Revocation

LOCAL: Final = "command line"

Text = Annotated[str, typer.Option()]
Time = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"], help="UTC.")]


def revoke(
    reason: Annotated[Reason, typer.Option(help="It stays here: on no list, not on chain.")],
    credential_id: Annotated[str, typer.Argument(help="One credential, revoked at once.")] = "",
    person: Annotated[str, typer.Option(help="All of this person's.")] = "",
    device: Annotated[
        str, typer.Option(help="All in the wallet of this holder key (JWK thumbprint) or credential.")
    ] = "",
    document: Annotated[str, typer.Option(help="'STATE NUMBER' of the document that was shown.")] = "",
    issued_from: Time = None,
    issued_until: Time = None,
    configuration: Text = "",
    approved_by: Annotated[str, typer.Option(help="Of people whom this operator approved.")] = "",
    engine: Annotated[str, typer.Option(help="Evidence by this engine: 'NAME' or 'NAME VERSION'.")] = "",
    expect: Annotated[
        int | None, typer.Option(min=0, help="How many were counted. Without it they are only counted.")
    ] = None,
    config: ConfigFile = CONFIG,
) -> None:
    """Revoke one credential, or count many, and revoke them when called again with --expect.

    The running issuer sends it to the chain within seconds.
    """
    wanted = Wanted(
        credential="",
        person=person,
        device=device,
        document=document,
        issued_from=_utc(issued_from),
        issued_until=_utc(issued_until),
        configuration=configuration,
        approved_by=approved_by,
        engine=engine,
    )
    if bool(credential_id) == bool(wanted.named()):
        raise typer.BadParameter("one credential's id, or options that select; not both")
    with opened(config) as (settings, ground):
        if credential_id:
            hold = settings.status.cadence_seconds > 0
            one = Revocation(ground.env, lambda: None, may_lift=False, hold=hold)
            one.act_on_copy(credential_id, ActKind.REVOKE, reason, by=LOCAL)
            typer.echo("Revoked.")
            return
        emergency = Emergency(ground.env, lambda: None)
        if expect is None:
            count = emergency.count(wanted)
            typer.echo(f"{count} credentials. Nothing was revoked; to do it: --expect {count}")
        else:
            typer.echo(f"Revoked {emergency.revoke(wanted, reason, expect=expect, by=LOCAL)} credentials.")


def lists(config: ConfigFile = CONFIG) -> None:
    """Print the status lists: how full, what is open, and the versions on their way to the chain."""
    with opened(config) as (_, ground):
        for row in overview(ground.env.store):
            typer.echo(
                f"{row.url}: {row.given} of {row.size} given, version {row.anchored_version}, {row.open} open"
            )
            for one in row.under_way:
                where = f" in block {one.block}" if one.block else ""
                typer.echo(f"  version {one.version}: {one.changes} changes, {one.state}{where}")


def _utc(time: datetime | None) -> datetime | None:
    return None if time is None else time.replace(tzinfo=UTC)
