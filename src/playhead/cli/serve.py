"""`playhead serve`."""

from typing import Annotated

from cyclopts import Parameter

from playhead.cli.options import ConfigFile, DataDirectory, help_of, settings_for


def serve(
    *,
    data_dir: DataDirectory = None,
    host: Annotated[str | None, Parameter(help=help_of("collector.host"))] = None,
    port: Annotated[int | None, Parameter(help=help_of("collector.port"))] = None,
    console_host: Annotated[str | None, Parameter(help=help_of("console.host"))] = None,
    console_port: Annotated[int | None, Parameter(help=help_of("console.port"))] = None,
    workers: Annotated[int | None, Parameter(help=help_of("collector.workers"))] = None,
    tls_cert: Annotated[str | None, Parameter(help=help_of("collector.tls_cert"))] = None,
    tls_key: Annotated[str | None, Parameter(help=help_of("collector.tls_key"))] = None,
    tls_self_signed: Annotated[bool | None, Parameter(negative="", help=help_of("collector.tls_self_signed"))] = None,
    datastream: Annotated[str | None, Parameter(help=help_of("datastream"))] = None,
    org_id: Annotated[str | None, Parameter(help=help_of("org_id"))] = None,
    config: ConfigFile = None,
) -> int:
    """
    Run the whole system on this machine: collector, processor and console.

    An empty data directory gets a datastream and its keys. What to send where is printed once everything answers.
    Stop it with Ctrl-C or SIGTERM: whatever was acknowledged is kept.
    """
    found = settings_for(
        {
            "data_dir": data_dir,
            "datastream": datastream,
            "org_id": org_id,
            "collector.host": host,
            "collector.port": port,
            "collector.workers": workers,
            "collector.tls_cert": tls_cert,
            "collector.tls_key": tls_key,
            "collector.tls_self_signed": tls_self_signed,
            "console.host": console_host,
            "console.port": console_port,
        },
        config,
    )
    from playhead.app.serve import serve as run  # noqa: PLC0415 - heavy: everything is behind it

    return run(found)
