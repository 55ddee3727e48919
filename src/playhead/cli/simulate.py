"""`playhead simulate`: realistic viewers through a collector."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from playhead.base.errors import UsageError
from playhead.cli.options import AsJson, ConfigFile, DataDirectory, settings_for
from playhead.cli.output import print_json, print_table

if TYPE_CHECKING:
    from playhead.app.simulate_report import Report


def simulate(
    *,
    target: Annotated[
        str | None, Parameter(help="URL of the collector; by default that of the server running on the data directory.")
    ] = None,
    viewers: Annotated[int, Parameter(help="How many people there are; they come back under their own names.")] = 100,
    rate: Annotated[
        float | None, Parameter(help="Viewings that begin a second; by default one a viewer in the whole run.")
    ] = None,
    duration: Annotated[float, Parameter(help="Seconds the run takes; whoever still watches then leaves.")] = 60,
    speed: Annotated[float, Parameter(help="Seconds of viewing in one second; timestamps begin in the past.")] = 1,
    seed: Annotated[int, Parameter(help="The same seed gives the same viewings.")] = 0,
    mix: Annotated[str | None, Parameter(help="TOML file of what the audience is like.")] = None,
    truth: Annotated[
        str | None, Parameter(help="File for what each session should be counted as, a line of JSON each.")
    ] = None,
    datastream: Annotated[
        str | None, Parameter(help="Datastream to name; by default the first enabled one of the data directory.")
    ] = None,
    insecure: Annotated[bool, Parameter(negative="", help="Do not check the certificate of the target.")] = False,
    json: AsJson = False,
    data_dir: DataDirectory = None,
    config: ConfigFile = None,
) -> int:
    """
    Send realistic viewers through the public collector.

    They pause, seek, see ads and chapters, stall, fail, vanish, retry and flush what they saw offline, as their SDKs would.
    The status is 1 if a request was refused that should not have been, if any was given up, or after Ctrl-C.
    """
    if viewers < 1 or duration <= 0 or speed < 1 or (rate is not None and rate <= 0):
        raise UsageError("--viewers is 1 or more, --duration and --rate are above 0, --speed is 1 or more")
    from playhead.app.clock import SystemClock  # noqa: PLC0415
    from playhead.app.simulate import SPAN_MAX_MS, Run  # noqa: PLC0415 - an event loop no other command needs
    from playhead.app.simulate import simulate as run  # noqa: PLC0415
    from playhead.app.simulate_target import find_target, mix_in  # noqa: PLC0415

    if speed > 1 and duration * speed * 1000 > SPAN_MAX_MS:
        raise UsageError(
            f"{duration:g} s at speed {speed:g} are more than 20 hours of viewing: timestamps that old are not believed"
        )
    found = find_target(settings_for({"data_dir": data_dir}, config), target, datastream, insecure=insecure)
    asked = Run(
        target=found.target, datastream=found.datastream, viewers=viewers, rate=rate or viewers / duration,
        duration_s=duration, speed=speed, seed=seed, mix=mix_in(mix), settings=found.settings,
    )  # fmt: skip
    with ExitStack() as stack:
        try:
            file = None if truth is None else stack.enter_context(Path(truth).open("w", encoding="utf-8"))
        except OSError as error:
            raise UsageError(f"cannot write to {truth}: {error.strerror}") from error
        report = run(asked, SystemClock(), truth=file, progress=_tell)
    if json:
        print_json({"target": asked.target.name, "datastream": asked.datastream, **report.as_json()})
    else:
        print_table(("simulated", f"datastream {asked.datastream}"), report.as_rows())
    return 1 if report.refused or report.lost or report.interrupted else 0


def _tell(report: "Report") -> None:
    sys.stderr.write(
        f"{report.seconds:.0f} s: {report.begun:,} sessions, {report.latencies.count:,} requests,"
        f" {report.rate:,.0f} a second, p99 {report.latencies.percentile(99):.1f} ms\n"
    )
