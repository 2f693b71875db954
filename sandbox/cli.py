"""``clicid-sandbox``: demo, up, person, present, chip, vc-api, doctor.

Each command imports what it needs when it runs, so that the doctor can look at a machine on which
something is missing.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

import re
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.text import Text

from clicid.errors import ClicidError, LocalError, Undecided
from sandbox import doctor as examination
from sandbox.telling import StepFailedError, Story, screen, tell_enrolled, working

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A ClicID network on one machine.",
)
_BUILD: Final = Path("build")

Folder = Annotated[Path, typer.Option("--dir", help="The sandbox's folder.")]
_FOLDER: Final = _BUILD / "sandbox"


@app.callback()
def main() -> None:
    """A ClicID network on one machine."""


@app.command()
def demo(
    document: Annotated[Path | None, typer.Option(help="A photograph of a passport or card.")] = None,
    selfie: Annotated[Path | None, typer.Option(help="A photograph of its holder.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the network's folder.")] = False,
) -> None:
    """The whole story on real input. Writes build/demo.json; exits 1 if a step did not do what it says."""
    from sandbox.demo import Demo
    from sandbox.identification import Input
    from sandbox.onboarding_client import RefusedByIssuerError

    if (document is None) != (selfie is None):
        raise typer.BadParameter("--document and --selfie go together")
    given = Input(_read(document), _read(selfie), own=True) if document and selfie else None
    console = screen()
    story = Story(console)
    folder = Path(tempfile.mkdtemp(prefix="clicid-demo-"))
    run = Demo(folder, story, given)
    failure = ""
    try:
        run.run()
    except (StepFailedError, RefusedByIssuerError, ClicidError) as error:
        failure = f"The issuer answered {error}" if isinstance(error, RefusedByIssuerError) else str(error)
        story.fail(failure, f"The logs are in {folder / 'logs'}")
    calls = story.steps[-1].measured.get("issuer_calls")
    story.write(
        _BUILD / "demo.json", {"failure": failure, "verifications": run.verifications, "issuer_calls": calls}
    )
    if failure:
        raise typer.Exit(1)
    story.summary(run.verifications, int(calls or 0))
    console.print(f"build/demo.json has a row a step. The story took {story.seconds:.1f} s.")
    if not keep:
        shutil.rmtree(folder)


@app.command()
def up(folder: Folder = _FOLDER) -> None:
    """A network that stays up until Ctrl-C: its addresses, a first request, ten test people."""
    from sandbox.up import stay_up

    with _errors():
        stay_up(folder.resolve(), screen())


@app.command()
def person(
    case: Annotated[str, typer.Argument(help="approved, refused, review, expired, ...")],
    folder: Folder = _FOLDER,
    by_chip: Annotated[
        bool, typer.Option("--chip", help="By the passport's chip, not a photograph.")
    ] = False,
) -> None:
    """Onboard a test person at the running sandbox; exits 1 if it does not end as its name says."""
    from sandbox import people
    from sandbox.enrolling import enrol
    from sandbox.standing import running

    console = screen()

    def busy(text: str) -> AbstractContextManager[object]:
        return working(console, text)

    with _errors():
        folder = folder.resolve()
        enrolled = enrol(folder, running(folder), people.test_person(case), busy, by_chip=by_chip)
    tell_enrolled(console, enrolled)
    if not enrolled.as_it_should:
        raise typer.Exit(1)


@app.command()
def present(
    case: Annotated[str, typer.Argument(help="A test person with a wallet.")],
    url: Annotated[str, typer.Argument(help="openid4vp://... as a verifier's request_url says.")],
    folder: Folder = _FOLDER,
) -> None:
    """Answer a request from a test person's wallet, agreeing to everything."""
    from sandbox.enrolling import wallet_of

    with _errors():
        wallet = wallet_of(folder.resolve(), case)
        if not wallet.exists:
            raise LocalError("sandbox.person", case, f"first: clicid-sandbox person {case}")
        seen = wallet.present(url)
    screen().print(Text(seen.rstrip()))


@app.command()
def chip(
    out: Annotated[Path, typer.Argument(help="A folder that is empty or not there yet.")],
    country: Annotated[str, typer.Option(help="Whose document, as in its zone.")] = "SWE",
    fault: Annotated[str, typer.Option(help="What is wrong with it, or unusual.")] = "good",
    algorithm: Annotated[str, typer.Option(help="What it is signed with.")] = "p256-sha256",
    case: Annotated[str, typer.Option("--person", help="A test person; the demo's without.")] = "",
    challenge: Annotated[str, typer.Option(help="What its chip is to sign: 16 hexadecimal digits.")] = "",
) -> None:
    """The files of a passport's chip, good or bad, and what to judge them by; says what is wrong with it."""
    from clicid.adapters import clock
    from sandbox import people
    from sandbox.chips.command import Wanted, make_chip

    if challenge and not re.fullmatch("[0-9A-Fa-f]{16}", challenge):
        raise typer.BadParameter("--challenge takes 16 hexadecimal digits")
    with _errors():
        holder = people.test_person(case).person if case else people.DEMO
        wanted = Wanted(country, fault, algorithm, holder, bytes.fromhex(challenge) or None)
        made = make_chip(out, wanted, people.portrait(), clock.now())
    console = screen()
    for line in made:
        console.print(Text(line))


@app.command(name="vc-api")
def vc_api(
    port: Annotated[int, typer.Option(help="The port.", min=1, max=65535)],
    host: Annotated[str, typer.Option(help="A loopback address; no other is taken.")] = "127.0.0.1",
    tls: Annotated[bool, typer.Option("--tls", help="TLS with a certificate signed by itself.")] = False,
) -> None:
    """The VC API for conformance suites: an instance for each suite and kind of key, no authentication."""
    from sandbox.vc_api.serve import serve

    with _errors():
        serve(
            host,
            port,
            tls=tls,
            tell=lambda origin: typer.echo(f"VC API at {origin}, issuers at {origin}/issuers"),
        )


@app.command()
def doctor(folder: Folder = _FOLDER) -> None:
    """What is installed, reachable and in time; exits 1 if something that is needed is missing."""
    if not examination.show(examination.examine(folder.resolve()), screen()):
        raise typer.Exit(1)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{path}: {error.strerror}") from error


@contextmanager
def _errors() -> Iterator[None]:
    """Ends the command with the error's own words instead of a trace."""
    from sandbox.onboarding_client import RefusedByIssuerError

    try:
        yield
    except RefusedByIssuerError as error:
        typer.secho(f"The issuer answered: {error}", fg="red", err=True)
        raise typer.Exit(1) from error
    except ClicidError as error:
        place = ": ".join(part for part in (error.where, error.detail) if part)
        typer.secho(f"{error.reason.en} {place} [{error.code}]", fg="red", err=True)
        raise typer.Exit(2 if isinstance(error, Undecided) else 1) from error


if __name__ == "__main__":
    app()
