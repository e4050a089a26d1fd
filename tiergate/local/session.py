"""One local gateway from nothing to seeded, and back to nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from tiergate.local import aws, deploy, emulator, state
from tiergate.local.emulator import Emulator
from tiergate.local.place import Place
from tiergate.local.progress import LocalError, Report, silent, step
from tiergate.local.state import Demo, LocalState


@dataclass(frozen=True)
class Running:
    """A gateway that stands on MiniStack.

    `endpoint` is AWS's stand-in (for clients), not the gateway's address: that is `api_url(api id)`. `demo`
    is what an earlier seeding of the same MiniStack left; None on a fresh one.
    """

    endpoint: str
    region: str
    stage: str
    outputs: Mapping[str, Mapping[str, str]]
    log: Path
    access_log: Path
    demo: Demo | None

    def api_url(self, api_id: str) -> str:
        return aws.api_url(self.endpoint, api_id)


Seed = Callable[[Running], Demo | None]
"""Puts the demo's partners in, or finds those of `running.demo` still good; may be called any number of times.
None: what is deployed has no demo."""


def up(
    place: Place,
    *,
    seed: Seed | None = None,
    port: int | None = None,
    stage: str = "dev",
    context: Mapping[str, str] | None = None,
    app: str | None = None,
    settings: Mapping[str, str] | None = None,
    tethered: bool = False,
    report: Report = silent,
) -> Running:
    """Start MiniStack or take the one that runs, deploy, seed; returns what stands then.

    Repeating it with nothing changed changes nothing. `port`, `settings` and `tethered` are for a MiniStack
    that is started now, see `emulator.spawn`; `context` and `app` are CDK's, see `deploy.deploy`. Raises
    `LocalError`; after a failed deploy or seed MiniStack still runs and the message says so.
    """
    place.require_tools()
    with place.exclusively():
        machine, demo = _started(place, port, stage, settings, tethered, report)
        try:
            if not aws.is_bootstrapped(machine.endpoint):
                with step(report, "Preparing it for CDK (cdk bootstrap)"):
                    deploy.bootstrap(place, machine.endpoint)
            with step(report, "Deploying the stacks (cdk deploy --all)"):
                deploy.deploy(place, machine.endpoint, stage=stage, context=context, app=app, report=report)
            running = Running(
                endpoint=machine.endpoint,
                region=aws.LOCAL_REGION,
                stage=stage,
                outputs=aws.stack_outputs(stage, endpoint=machine.endpoint),
                log=place.ministack_log,
                access_log=place.access_log,
                demo=demo,
            )
            if seed:
                with step(report, "Seeding the demo"):
                    running = replace(running, demo=_seeded(seed, running))
        except LocalError as fault:
            fault.args = (f"{fault}\n{_still_there(place, machine)}",)
            raise
        except (BotoCoreError, ClientError) as fault:
            raise LocalError(f"MiniStack did not serve: {fault}\n{_still_there(place, machine)}") from fault
        _remember(place, machine, stage, running.demo)
        return running


def down(place: Place, *, report: Report = silent) -> bool:
    """End the place's MiniStack with all its processes and forget it; returns whether one ran.

    Logs stay; what the gateway held is gone, since MiniStack keeps it in memory.
    """
    if not place.state.exists():
        return False
    with place.exclusively():
        remembered = state.load(place.state_file)
        if remembered is None:
            return False
        machine = Emulator(pid=remembered.pid, port=remembered.port)
        with step(report if machine.runs() else silent, f"Ending MiniStack on port {machine.port}"):
            ran = emulator.stop(place, machine)
        state.forget(place.state_file)
        return ran


def status(place: Place) -> Running | None:
    """What stands now, None when nothing runs or answers. `outputs` are empty before the first deploy."""
    remembered = state.load(place.state_file)
    if remembered is None:
        return None
    machine = Emulator(pid=remembered.pid, port=remembered.port)
    if not (machine.runs() and machine.answers()):
        return None
    return Running(
        endpoint=machine.endpoint,
        region=remembered.region,
        stage=remembered.stage,
        outputs=aws.stack_outputs(remembered.stage, endpoint=machine.endpoint),
        log=place.ministack_log,
        access_log=place.access_log,
        demo=remembered.demo,
    )


def _started(
    place: Place,
    port: int | None,
    stage: str,
    settings: Mapping[str, str] | None,
    tethered: bool,
    report: Report,
) -> tuple[Emulator, Demo | None]:
    """The remembered MiniStack if it is well, else a new one; with the demo that is in it."""
    if remembered := state.load(place.state_file):
        machine = Emulator(pid=remembered.pid, port=remembered.port)
        if machine.runs() and machine.answers():
            if port not in {None, machine.port}:
                raise LocalError(
                    f"MiniStack already runs on port {machine.port}. To move it: make down, then make up PORT={port}."
                )
            report(f"MiniStack runs on port {machine.port}")
            return machine, remembered.demo
        report(f"The earlier MiniStack on port {machine.port} is gone: starting a fresh one")
        emulator.stop(place, machine)
        state.forget(place.state_file)
    chosen = emulator.choose_port(port)
    with step(report, f"Starting MiniStack on port {chosen}"):
        machine = emulator.spawn(place, port=chosen, tethered=tethered, settings=settings)
        _remember(place, machine, stage, None)  # before waiting: `down` finds it even after Ctrl-C
        try:
            emulator.wait_until_ready(place, machine)
        except LocalError:
            state.forget(place.state_file)
            raise
    return machine, None


def _seeded(seed: Seed, running: Running) -> Demo | None:
    try:
        return seed(running)
    except LocalError:
        raise
    except Exception as fault:
        raise LocalError(f"The demo could not be seeded: {type(fault).__name__}: {fault}") from fault


def _remember(place: Place, machine: Emulator, stage: str, demo: Demo | None) -> None:
    state.save(
        place.state_file,
        LocalState(pid=machine.pid, port=machine.port, region=aws.LOCAL_REGION, stage=stage, demo=demo),
    )


def _still_there(place: Place, machine: Emulator) -> str:
    if machine.runs():
        return f"MiniStack still runs at {machine.endpoint} (log: {place.ministack_log}); `make down` ends it."
    return (
        f"MiniStack itself has ended; `make up` starts a fresh one. The last lines of {place.ministack_log}:\n"
        f"{emulator.log_tail(place.ministack_log)}"
    )
