"""How ranks end: who is to blame, what is given up in time, and what is kept."""

import itertools
import threading
import time

import pytest
import torch

import pytimer
from pytimer.errors import CallError, Interrupted, RankError
from pytimer.plan import BatchSizePlan
from pytimer.ranks import group as groups
from pytimer.ranks.blame import INTERRUPTED, LastWord, reasons_of
from pytimer.ranks.clocks import ClockOffset
from pytimer.ranks.group import Group
from pytimer.ranks.measuring import measured_in
from pytimer.ranks.patience import within
from pytimer.ranks.place import Place
from pytimer.termination import Termination

RAISED, LOST = LastWord("error", "no more"), LastWord("lost", "a connection broke")
TOLD_TO_END = LastWord("interrupted", INTERRUPTED)


def blamed(words, silent, waited_s=None):
    return reasons_of(words, silent, doing="ready", waited_s=waited_s)


def test_a_rank_with_an_error_is_to_blame_and_not_one_that_is_at_work():
    assert blamed({2: RAISED}, {1}) == {2: "no more"}
    assert blamed({2: RAISED, 1: LOST, 3: TOLD_TO_END}, set()) == {2: "no more"}


def test_the_one_silent_rank_is_to_blame_where_nothing_else_explains_the_end():
    assert blamed({1: LOST, 3: TOLD_TO_END}, {2}) == {
        2: "ended without a word (at 'ready'); see what it printed"
    }


def test_of_several_silent_ranks_it_is_not_said_that_they_ended():
    found = blamed({}, {1, 2})
    assert set(found) == {1, 2}
    assert set(found.values()) == {"gave no word (at 'ready'): it ended, or is still at work"}


def test_silence_for_as_long_as_it_may_last_is_to_blame_beside_an_error():
    found = blamed({2: RAISED}, {1}, waited_s=6)
    assert found == {2: "no more", 1: "gave no word for 6 s (at 'ready'); raise --timeout"}


def test_who_was_interrupted_is_to_blame_where_nobody_else_is():
    assert blamed({1: TOLD_TO_END, 2: LOST}, set()) == {1: INTERRUPTED}
    assert blamed({2: LOST}, set()) == {}


def test_a_call_that_never_returns_is_given_up():
    ends = threading.Event()
    with pytest.raises(TimeoutError):
        within(0.05, ends.wait)
    ends.set()
    assert within(60, lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        within(60, lambda: 1 // 0)


class StoppedStore:
    """A store whose process was stopped: it is connected, and never answers."""

    def __init__(self):
        self.asked = 0
        self.goes_on = threading.Event()

    def check(self, names):
        self.asked += 1
        self.goes_on.wait()


def test_a_store_that_does_not_answer_is_given_up_once():
    group = Group(Place(0, 2, 0, "127.0.0.1", 0), 60, Termination())
    group.timeout_s = 0.2
    store = group._store = StoppedStore()
    begin_s = time.monotonic()
    with pytest.raises(RankError, match="is gone: rank 0, or torchrun, has ended or hangs"):
        group.hear("card", [1])
    assert time.monotonic() - begin_s >= 0.2
    assert group.last_results(patience=True) == {}
    assert store.asked == 1
    store.goes_on.set()


def test_a_meeting_point_that_never_answers_is_given_up_in_time(monkeypatch):
    never = threading.Event()
    monkeypatch.setattr(groups, "TCPStore", lambda *_, **__: never.wait())
    with pytest.raises(RankError, match=r"host:1 within 0\.2 s \(no answer\)"):
        Group(Place(1, 2, 1, "host", 1), 0.2, Termination())
    never.set()


class InThread(Termination):
    """Signals are of the main thread."""

    def ignore(self):
        pass


def ranks_in_threads(monkeypatch, *parts, timeout_s=60.0):
    """What each part of a group returned; each is a thread of this process."""
    monkeypatch.setattr(groups, "_sessions", itertools.repeat("test"))
    monkeypatch.setattr(groups, "GRACE_S", 0.3)
    size = len(parts)
    first = Group(Place(0, size, 0, "127.0.0.1", 0), timeout_s, InThread())
    port = first._store.underlying_store.port
    ends = {}

    def play(rank):
        place = Place(rank, size, rank, "127.0.0.1", port)
        group = Group(place, timeout_s, InThread()) if rank else first
        group.connect()
        ends[rank] = parts[rank](group)

    threads = [threading.Thread(target=play, args=(rank,)) for rank in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends


def meets(group):
    """Whom it blames, and the results it has in the end."""
    with pytest.raises(RankError) as error:
        group.meet("measured")
    return dict(error.value.reasons), group.last_results(patience=True)


def is_at_work(group):
    """For longer than the others wait for a word, as one in its window."""
    time.sleep(1)
    with pytest.raises(RankError):
        group.meet("measured")
    time.sleep(0.5)
    group.say("result", "mine")
    group.leave()


def raises(group):
    group.tell_end(RAISED_BY_MODEL)
    group.leave()


def dies(group):
    """Its connections are closed, and it says nothing."""
    group._gloo = None


RAISED_BY_MODEL = CallError("no more")


def test_a_rank_at_work_is_not_blamed_for_another_that_raised(monkeypatch):
    ends = ranks_in_threads(monkeypatch, meets, is_at_work, raises)
    assert ends[0] == ({2: "no more"}, {1: "mine"})


def test_a_rank_at_work_is_not_blamed_for_another_that_died(monkeypatch):
    ends = ranks_in_threads(monkeypatch, meets, is_at_work, dies)
    silence = "ended without a word (at 'measured'); see what it printed"
    assert ends[0] == ({2: silence}, {1: "mine"})


def test_the_rank_that_did_not_come_is_the_one_that_hangs(monkeypatch):
    """Rank 1 came, and is in a long call of its model: it does not listen, and does not hang."""

    def comes_and_is_deaf(group):
        group.say("measured", "here")
        time.sleep(3)

    def hangs(group):
        time.sleep(3)

    ends = ranks_in_threads(monkeypatch, meets, comes_and_is_deaf, hangs, timeout_s=1)
    silence = "gave no word for 1 s (at 'measured'); raise --timeout"
    assert ends[0] == ({2: silence}, {})


def test_who_was_given_up_is_told_by_whom(monkeypatch):
    """Rank 0 was at work for longer than rank 1 may wait."""

    def late(group):
        time.sleep(3)
        with pytest.raises(RankError) as error:
            group.meet("alone")
        return str(error.value)

    def waits(group):
        with pytest.raises(RankError) as error:
            group.meet("alone")
        return str(error.value)

    ends = ranks_in_threads(monkeypatch, late, waits, timeout_s=1)
    assert ends[0] == "rank 1: waited for 1 s (at 'alone')"
    assert ends[1] == "rank 0: gave no word for 1 s (at 'alone'); raise --timeout"


def test_three_ranks_meet_and_agree_on_the_clock(monkeypatch):
    def goes_well(group):
        group.meet("ready")
        offset = group.clock()
        assert abs(offset.offset_s) <= offset.uncertainty_s
        return group.moment_ns()

    ends = ranks_in_threads(monkeypatch, *3 * [goes_well])
    assert len(ends) == 3
    assert len(set(ends.values())) == 1


class FirstOfTwo:
    """The group as rank 0 sees it, with an equal rank 1; it goes as `ends` says."""

    def __init__(self, offset_s=0.0, meeting=None):
        self.place = Place(0, 2, 0, "host", 1)
        self.offset_s = offset_s
        self.meeting = meeting or {}
        self.log = []
        self.words = {}

    def connect(self):
        pass

    def meet(self, name, call=None):
        self.log.append(name)
        what = self.meeting.get(name)
        if isinstance(what, BaseException):
            raise what
        if what is not None:
            call()

    def clock(self):
        self.log.append("clock")
        return ClockOffset(self.offset_s, 1e-9)

    def moment_ns(self):
        return time.monotonic_ns() + round(self.offset_s * 1e9)

    def say(self, name, word):
        self.words[name] = word

    def hear(self, name, ranks):
        word = self.words[name]
        return {rank: word | {"rank": rank} if name == "result" else word for rank in ranks}

    def tell_end(self, error):
        pass

    def last_results(self, *, patience):
        return {}

    def lost(self, doing, *, interrupted):
        return RankError("nobody is")


def measured(group, model=torch.relu, plan=None, **more):
    return measured_in(
        group,
        model,
        torch.ones(2, 2),
        plan or pytimer.ThroughputPlan(batch_size=2, batches=50, warm_up=1),
        **{
            "device": "cpu",
            "search_plan": BatchSizePlan(),
            "make_inputs": None,
            "name": None,
            "setup": None,
            "audit": False,
            "on_progress": None,
        }
        | more,
    )


def test_the_window_of_a_rank_ends_with_its_last_call():
    """What follows, such as reading the events of a device, is no work of the model."""
    rank = measured(FirstOfTwo()).ranks[0]
    assert rank.span.length_s == pytest.approx(rank.measured.window_s, abs=1e-9)
    assert rank.span.length_s >= rank.measured.samples.finish_s[-1] - 1e-9


def test_the_clocks_are_compared_when_all_have_warmed_up_and_when_all_have_measured():
    """Not before rank 0 is alone: clocks drift meanwhile, and all would begin at another moment."""
    group = FirstOfTwo(offset_s=5.0)
    rank = measured(group).ranks[0]
    expected = ["rank 0 alone", "warmed up", "clock", "ready", "measured", "clock"]
    assert group.log == expected
    assert rank.clock.offset_s == pytest.approx(5)
    assert 0 <= rank.opened_s < 1


def test_ranks_say_why_no_flop_were_counted():
    found = measured(FirstOfTwo())
    for one in (found.alone, found.ranks[0].measured):
        assert one.work.flop.reason == "not counted: several ranks measure time alone"


@pytest.mark.parametrize("plan", [None, pytimer.LatencyPlan(warm_up=1, repetitions=30)])
def test_who_is_told_to_end_behind_its_samples_keeps_them(plan):
    group = FirstOfTwo(meeting={"measured": KeyboardInterrupt()})
    with pytest.raises(Interrupted) as error:
        measured(group, plan=plan)
    kept = error.value.result
    assert [rank.rank for rank in kept.ranks] == [0]
    assert len(kept.ranks[0].measured.samples) == len(kept.alone.samples)


def test_a_model_that_raises_behind_its_samples_does_not_take_them_along():
    """Calls to warm up, 50 alone, the same together: those that follow raise."""
    calls = 0

    def model(x):
        nonlocal calls
        calls += 1
        if group.log[-1:] == ["measured"]:
            raise ValueError("enough")
        return x

    group = FirstOfTwo(meeting={"measured": "a call"})
    with pytest.raises(CallError, match="raised after its samples: ValueError: enough") as error:
        measured(group, model)
    assert len(error.value.result.ranks[0].measured.samples) == 50
    assert calls > 102


def test_batch_sizes_tried_are_kept_when_the_search_is_interrupted():
    def model(x):
        if len(x) >= 4:
            raise KeyboardInterrupt
        return x

    with pytest.raises(Interrupted) as error:
        measured(
            FirstOfTwo(),
            model,
            pytimer.ThroughputPlan(batches=20, warm_up=1),
            search_plan=BatchSizePlan(max_batch_size=8, isolate=False),
        )
    assert error.value.result is not None
