"""Both timers, in both event loops: never early, once for each time they are set."""

import asyncio
import sys
from time import perf_counter_ns

import pytest

from loadgen.engine.pacer import KernelTimer, LoopTimer
from loadgen.units import ms

TIMERS = [
    pytest.param(
        KernelTimer, id="timerfd", marks=pytest.mark.skipif(sys.platform != "linux", reason="there is no timerfd here")
    ),
    pytest.param(LoopTimer, id="the event loop's"),
]


@pytest.mark.parametrize("timer", TIMERS)
def test_it_wakes_at_its_instants_and_not_before(run, timer):
    async def main() -> None:
        woken_ns: list[int] = []
        woken = asyncio.Event()

        def wake() -> None:
            woken_ns.append(perf_counter_ns())
            woken.set()

        pacer = timer(wake)
        start_ns = perf_counter_ns()
        instants = [start_ns - ms(1), start_ns + ms(0.2), start_ns + ms(1.7), start_ns + ms(20)]
        for instant_ns in instants:
            pacer.wake_at(instant_ns)
            await woken.wait()
            woken.clear()
        pacer.close()
        assert len(woken_ns) == len(instants)
        assert all(woken >= instant for woken, instant in zip(woken_ns, instants, strict=True))

    run(main())


@pytest.mark.parametrize("timer", TIMERS)
def test_in_quick_succession_it_wakes_once_for_each_instant_and_not_before(run, timer):
    """Also where it was set for later first, as a load does that finds something else to send meanwhile."""

    async def main() -> None:
        woken_ns: list[int] = []
        done = asyncio.Event()

        def wake() -> None:
            woken_ns.append(perf_counter_ns())
            if len(woken_ns) < len(instants):
                pacer.wake_at(instants[len(woken_ns)] + ms(0.5))
                pacer.wake_at(instants[len(woken_ns)])
            else:
                done.set()

        pacer = timer(wake)
        start_ns = perf_counter_ns()
        instants = [start_ns + number * ms(0.1) for number in range(300)]
        pacer.wake_at(instants[0])
        await done.wait()
        later = asyncio.Event()
        other = timer(later.set)
        other.wake_at(perf_counter_ns() + ms(10))
        await later.wait()  # Until then one that was forgotten would have gone off.
        other.close()
        pacer.close()
        assert len(woken_ns) == len(instants)
        assert all(woken >= instant for woken, instant in zip(woken_ns, instants, strict=True))

    run(main())


@pytest.mark.parametrize("timer", TIMERS)
def test_set_anew_it_forgets_what_was_set_and_closed_everything(run, timer):
    async def main() -> None:
        woken = asyncio.Event()
        pacer = timer(woken.set)
        soon_ns = perf_counter_ns() + ms(3)
        pacer.wake_at(soon_ns)
        pacer.wake_at(soon_ns + ms(30))
        await asyncio.wait([asyncio.ensure_future(woken.wait())])
        assert perf_counter_ns() >= soon_ns + ms(30)

        woken.clear()
        pacer.wake_at(perf_counter_ns() + ms(3))
        pacer.close()
        later = asyncio.Event()
        heard = timer(later.set)
        heard.wake_at(perf_counter_ns() + ms(10))
        await later.wait()
        heard.close()
        assert not woken.is_set()

    run(main())
