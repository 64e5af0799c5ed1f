"""One run, from an empty namespace to the checker's verdict, and away again."""

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from chassis import logs
from deploy.k8s_check import rules
from deploy.k8s_check.build import build
from deploy.k8s_check.problems import CannotCheck
from deploy.local.children import REPOSITORY
from deploy.local.roles import SERVICES
from deploy.local.steps import Steps
from tests.cluster.address import host_address
from tests.cluster.caller import Caller, caller_namespace
from tests.cluster.company import Company, Pace
from tests.cluster.faults import FAULTS
from tests.cluster.judge import judge, look_at
from tests.cluster.kubectl import Kubectl, Refused, reach_cluster
from tests.cluster.load import Load
from tests.cluster.overlay import namespace_of, write_overlay
from tests.cluster.platform import Platform
from tests.cluster.problems import Broken, CannotRun
from tests.cluster.rows import BROKEN, Row, write_report
from tests.cluster.scene import Act, Options, Scene
from tests.cluster.servers import Servers
from tests.faults.storm.traces import watch

FIRST_ROLLOUT_WITHIN = 600.0
COMPANY_WITHIN = 1800.0


@dataclass
class Run:
    """`name` tells it from every other run: namespaces, labels, folder and ports are its own."""

    options: Options
    name: str
    folder: Path
    console: Console
    rows: list[Row] = field(default_factory=list)
    about: dict[str, Any] = field(default_factory=dict)
    _servers: Servers | None = None
    _began: float = field(default_factory=time.monotonic)

    @property
    def home(self) -> Path:
        """Where this run's overlay, data and letters lie."""
        return self.folder / self.name

    def say(self, what: str) -> None:
        """One line of progress."""
        self.console.print(f"{time.monotonic() - self._began:6.0f} s  {what}", markup=False)

    async def everything(self) -> None:
        """Up, lived on, broken on purpose, judged."""
        logs.configure(service="k8s-e2e", instance=self.name, level="error")
        servers, caller = await self._prepare()
        platform = await self._roll_out(servers)
        await watch(servers.admin)
        async with caller.way(platform.kubectl, through_pod=self.options.through_pod) as (how, urls):
            self.say(f"requests go {how}")
            self.about["requests"] = how
            load = Load(urls, servers.instance.token)
            straight = how.startswith("straight")
            scene = Scene(self.options, servers, platform, caller, load, self.say, straight)
            await self._live(scene)
        row = self._row("nothing lost")
        with row.recorded():
            await judge(servers, row)
        self._say_verdict(row)

    async def _prepare(self) -> tuple[Servers, Caller]:
        """Servers here, a pod there that can reach them; each thing that is missing is a sentence."""
        chosen(self.options.only)
        self.about |= {"at": datetime.now(UTC).isoformat(timespec="seconds"), "image": self.options.image}
        self.about |= {"image2": self.options.image2, "kubernetes": await reach_cluster()}
        nodes = await Kubectl().items("nodes")
        host = host_address(self.options.host, nodes)
        self.about |= {"nodes": len(nodes), "host": host}
        self.say(f"Kubernetes {self.about['kubernetes']}, {len(nodes)} node(s); servers at {host}; run {self.name}")
        caller = Caller(self.name)
        images = [self.options.image, *([self.options.image2] if self.options.image2 else [])]
        self.say("a first pod of the image")
        await caller.start(images)
        self._servers = Servers(self.home / "servers", host)
        servers = await asyncio.to_thread(self._servers.start, Steps(self.console))
        await caller.try_servers(servers.at)
        self.say("pods reach Kafka, PostgreSQL, the mail server and the issuer")
        return servers, caller

    async def _roll_out(self, servers: Servers) -> Platform:
        """Nothing to running; without this there is nothing to break."""
        images = dict.fromkeys(SERVICES, self.options.image)
        overlay = await asyncio.to_thread(
            write_overlay,
            REPOSITORY,
            self.home,
            run=self.name,
            images=images,
            at=servers.at,
            passwords=servers.passwords,
        )
        refuse_wrong(overlay)
        platform = Platform(self.name, overlay)
        row = self._row("first rollout")
        row.done = (
            f"`kubectl apply --server-side --validate=strict`, Pod Security `restricted`, {len(SERVICES) * 4} pods"
        )
        with row.recorded():
            applied = await platform.apply()
            row.saw(f"{len(applied.splitlines())} resources accepted")
            self.say(row.seen[0])
            await platform.healthy(within=FIRST_ROLLOUT_WITHIN)
            row.saw("all ready; every pod asked to migrate the empty schema when it started")
        self._say_verdict(row)
        if row.verdict == BROKEN:
            raise CannotRun(f"The platform did not come up: {row.reason}")
        return platform

    async def _live(self, scene: Scene) -> None:
        """The company's life, with all faults in it."""
        pace = Pace(self.options.day_seconds)
        company = Company(scene.servers, scene.load.urls, self.options.size, self.options.seed, self.say, pace)
        life = Row("the company's life", f"{self.options.size} people and a program of twelve weeks, through all of it")
        async with _background(scene.platform.watch()), _background(company.live()) as living:
            with life.recorded():
                await _first(living, company.days_begin.wait())
                await scene.load.enter_people()
                await scene.heard()
                self.say("the company's days begin, and people ask all the while")
                async with scene.load.running():
                    for name, act in chosen(self.options.only):
                        await self._play(scene, name, act)
                pace.hurry()
                self.say("no more faults; the company lives to its end")
                async with asyncio.timeout(COMPANY_WITHIN):
                    self.about["company"] = await living
                look_at(self.about["company"], life)
        self.rows.append(life)
        self._say_verdict(life)

    async def _play(self, scene: Scene, name: str, act: Act) -> None:
        row = self._row(name)
        self.say(f"{name} …")
        await scene.play(row, act)
        self._say_verdict(row)
        if row.verdict == BROKEN:
            with contextlib.suppress(Broken, Refused):
                self.say("waiting until all is ready again, for the next one")
                await scene.platform.healthy()

    def _row(self, name: str) -> Row:
        self.rows.append(Row(name))
        return self.rows[-1]

    def _say_verdict(self, row: Row) -> None:
        self.say(f"{row.name}: {row.verdict}{f' ({row.reason})' if row.reason else ''}, {row.seconds:.0f} s")
        for sentence in row.seen:
            self.console.print(f"            {sentence}", markup=False)

    def write_report(self) -> None:
        """The run's own, and the newest of all runs."""
        self.about["run"] = self.name
        for path in (self.home / "report.json", self.folder / "report.json"):
            write_report(path, self.about, self.rows)

    async def clean_up(self) -> None:
        """Namespaces deleted, servers stopped; unless asked to keep them."""
        names = (namespace_of(self.name), caller_namespace(self.name))
        if self.options.keep:
            self.say(f"kept: namespaces {' and '.join(names)}, servers in {self.home / 'servers'}")
            self.say(f"away with them: kubectl delete namespace {' '.join(names)}; {self._down()}")
            return
        with contextlib.suppress(Refused):
            await Kubectl()("delete", "namespace", *names, "--ignore-not-found", "--wait=false")
            self.say("namespaces deleted")
        if self._servers:
            await asyncio.to_thread(self._servers.stop)
            self.say("servers stopped")

    def _down(self) -> str:
        return f".venv/bin/python -m deploy.local down --root {self.home / 'servers'}"


def refuse_wrong(overlay: Path) -> None:
    """The run's overlay keeps the rules of `make k8s-check`."""
    try:
        said = list(rules.judge(build(overlay, name="the run's overlay", overlay=overlay.name)))
    except CannotCheck as reason:
        raise CannotRun(str(reason)) from reason
    if said:
        raise CannotRun("The run's overlay is not well: " + "; ".join(said[:5]))


def chosen(only: str) -> Sequence[tuple[str, Act]]:
    """The faults whose names match; all of them without a word."""
    if only == "none":
        return ()
    found = [(name, act) for name, act in FAULTS if re.search(only, name)]
    if not found:
        raise CannotRun(f"No fault is called {only!r}. There are: {', '.join(name for name, _ in FAULTS)}.")
    return found


@contextlib.asynccontextmanager
async def _background(work: Any) -> AsyncIterator["asyncio.Task[Any]"]:
    """Goes on meanwhile, and ends with us."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _first(task: "asyncio.Task[Any]", condition: Any) -> None:
    """Waits for the condition; what ends the task before is raised."""
    waiting = asyncio.ensure_future(condition)
    await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        waiting.cancel()
        task.result()
