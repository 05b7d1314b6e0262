"""What a timed loop has measured, and what was seen around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from pytimer.checks import Evidence
from pytimer.chunks import Chunks
from pytimer.compile_watch import Compilations
from pytimer.devices import Health
from pytimer.environment import Environment
from pytimer.plan import Mode
from pytimer.samples import FloatArray, Mark, Samples
from pytimer.stopping import Judgement
from pytimer.work import READ_OVER_ONE_WINDOW, Energy, NotAvailable
from pytimer.workload import Workload


@dataclass(frozen=True, slots=True)
class Series:
    """What a loop measured, and what was seen around it.

    Attributes:
        before, after: the device's state when the samples began and ended.
        window_s: the one wall window of pipelined calls, seconds; None in other modes.
        alone_s: seconds per call of one thread alone; None unless there were several.
        spin_s: the spin each call was put behind; None unless queued.
        judgement: of the precision that was asked for; None where none was.
        compilations: how often torch compiled while calls were timed.
        energy: that the device used over the window.
    """

    warm_up: Samples
    samples: Samples
    before: Health
    after: Health
    window_s: float | None = None
    alone_s: float | None = None
    spin_s: float | None = None
    judgement: Judgement | None = None
    compilations: int = 0
    energy: Energy | NotAvailable = READ_OVER_ONE_WINDOW

    def evidence(
        self, workload: Workload, environment: Environment, mode: Mode, *, wanted: int
    ) -> Evidence:
        """What is known without asking the device for more."""
        return Evidence(
            self.samples,
            environment,
            mode,
            wanted=wanted,
            before=self.before,
            after=self.after,
            judgement=self.judgement,
            accelerators=workload.accelerators,
            call=workload.kind,
            equivalence=workload.equivalence,
            compilations=self.compilations,
        )


@dataclass(frozen=True, slots=True)
class PairSeries:
    """The samples of both, pair by pair. `compilations`: as of a `Series`."""

    a: Samples
    b: Samples
    compilations: int


@dataclass(slots=True)
class TimedPart:
    """What is known of a series beside its samples while these are taken, on whatever way out.

    Attributes:
        starts: of the rounds.
        chunks: None where the calls are not made in chunks.
        late: the mark of the samples whose spin was over too early.
        judged: the judgement of latencies; None where none is asked for.
        seen: how often torch compiled meanwhile.
    """

    warm_up: Samples
    before: Health
    starts: tuple[int, ...] = (0,)
    chunks: Chunks | None = None
    spin_s: float | None = None
    late: Mark = Mark.HOST_BOUND
    judged: Callable[[FloatArray], Judgement | None] | None = None
    seen: Compilations = field(default_factory=Compilations)

    def series(self, samples: Samples) -> Series:
        """The series of these samples; asks nothing of the device."""
        count = len(samples)
        pauses = () if self.chunks is None else self.chunks.pauses
        entries = dict.fromkeys(pause // samples.block for pause in pauses)
        rounds = self.starts if len(self.starts) > 1 else ()
        samples = replace(
            samples.with_late_as(self.late),
            chunk_starts=tuple(entry for entry in entries if entry < count),
            round_starts=tuple(start for start in rounds if start < count),
        )
        return Series(
            self.warm_up,
            samples,
            self.before,
            Health(),
            spin_s=self.spin_s,
            judgement=self.judged(samples.latency_s) if self.judged and count else None,
            compilations=self.seen.count,
        )
