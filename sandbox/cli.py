"""``clicid-sandbox``: demo, up, doctor, person."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Annotated, Final

import typer

from clicid.errors import ClicidError
from sandbox.demo import Demo, Input
from sandbox.onboarding_client import RefusedByIssuerError
from sandbox.telling import StepFailedError, Story, screen

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A ClicID network on one machine.",
)
_BUILD: Final = Path("build")


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
    if (document is None) != (selfie is None):
        raise typer.BadParameter("--document and --selfie go together")
    given = Input(document.read_bytes(), selfie.read_bytes(), own=True) if document and selfie else None
    console = screen()
    story = Story(console)
    folder = Path(tempfile.mkdtemp(prefix="clicid-demo-"))
    run = Demo(folder, story, given)
    failure = ""
    try:
        run.run()
    except (StepFailedError, RefusedByIssuerError, ClicidError) as error:
        failure = str(error)
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


if __name__ == "__main__":
    app()
