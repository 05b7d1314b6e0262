"""Real ranks on this machine: started by torchrun, and by hand, so that no agent ends them."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import suppress

import pytest

import pytimer

MODEL = """
import os, signal, time
import torch

RANK = os.environ["RANK"]
calls = 0

def make():
    return model

def make_inputs(batch_size):
    return torch.ones(batch_size, 8)

def model(x):
    global calls
    calls += 1
    open(f"called-{RANK}", "a").write(".")
    if RANK == os.environ.get("WHO") and calls > int(os.environ.get("AFTER", "15")):
        what = os.environ["WHAT"]
        if what == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        if what == "raises":
            raise ValueError("no more")
        if what == "hangs":
            os.kill(os.getpid(), signal.SIGSTOP)
    time.sleep(0.008 if RANK == os.environ.get("SLOW") else 0.004)
    return x
"""

SCRIPT = """
import os
import torch
import pytimer

torch.distributed.init_process_group("gloo")
plan = pytimer.LatencyPlan(warm_up=1, repetitions=30)
for _ in range(2):
    result = pytimer.measure_ranks(torch.nn.Linear(8, 8), torch.ones(1, 8), plan, timeout_s=60)
    assert (result is None) == (os.environ["RANK"] != "0")
total = torch.ones(1)
torch.distributed.all_reduce(total)
assert total.item() == 2
torch.distributed.destroy_process_group()
if result is not None:
    print(sorted(rank.rank for rank in result.ranks), len(result.ranks[1].measured.samples))
"""


def environment(**more):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TORCHELASTIC", "PYTIMER"))}
    return kept | {"OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)} | more


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def start(command, folder, env):
    return subprocess.Popen(
        command,
        cwd=folder,
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def ended(process, seconds=120):
    """Return code, output and errors; nothing of its process group is left."""
    try:
        out, err = process.communicate(timeout=seconds)
    finally:
        kill(process)
    return process.returncode, out, err


def kill(process):
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "net.py").write_text(MODEL)
    return tmp_path


def by_hand(folder, *arguments, of_rank=((), (), ()), prefix=((), (), ()), ranks=2, **more):
    """What ranks without an agent ended with; one that hangs is killed after the others."""
    more = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port()), **more}
    processes = []
    for rank in range(ranks):
        env = environment(RANK=str(rank), WORLD_SIZE=str(ranks), LOCAL_RANK=str(rank), **more)
        command = [*prefix[rank], sys.executable, "-m", "pytimer", *arguments, *of_rank[rank]]
        processes.append(start(command, folder, env))
    hanging = int(more["WHO"]) if more.get("WHAT") == "hangs" else None
    try:
        ends = {rank: ended(one) for rank, one in enumerate(processes) if rank != hanging}
    finally:
        for one in processes:
            kill(one)
    if hanging is not None:
        ends[hanging] = ended(processes[hanging])
    return [ends[rank] for rank in range(ranks)]


def by_torchrun(folder, *arguments, **more):
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    return ended(start([sys.executable, *launcher, *arguments], folder, environment(**more)))


THROUGHPUT = (
    "throughput",
    "net.py:make",
    "--batch-size",
    "2",
    "--warm-up",
    "2",
    "--json",
    "r.json",
)


def test_ranks_of_torchrun_measure_together(folder):
    """A call of 2 items waits for 4 ms, so a rank does at most 500 items/s, and two 1000."""
    code, out, err = by_torchrun(
        folder, "-m", "pytimer", *THROUGHPUT, "--batches", "150", "--timeout", "60"
    )
    assert code == 0, err
    assert out.count("Environment") == 1  # rank 0 alone prints
    result = pytimer.load(folder / "r.json")
    assert [rank.rank for rank in result.ranks] == [0, 1]
    assert result.missing == ()
    assert [len(rank.measured.samples) for rank in result.ranks] == [150, 150]
    assert result.alone.items_per_s <= 500
    assert max(rank.measured.items_per_s for rank in result.ranks) < result.items_per_s <= 1000
    assert result.efficiency == result.items_per_s / (2 * result.alone.items_per_s)
    for rank in result.ranks:  # the monotonic clock is the same in all processes of a machine
        assert abs(rank.clock.offset_s) <= rank.clock.uncertainty_s
        assert rank.opened_s >= -rank.clock.uncertainty_s
    assert result.ranks[1].clock.uncertainty_s > 0
    assert "scaling efficiency" in out


def test_each_rank_has_its_latency_and_the_slow_one_is_named(folder):
    arguments = ("--repetitions", "40", "--warm-up", "2", "--json", "r.json", "--timeout", "60")
    elsewhere = ((), ("--json", "no/such/folder/r.json", "--verbose"))  # rank 0 alone writes
    (code, out, err), silent = by_hand(
        folder, "latency", "net.py:make", *arguments, of_rank=elsewhere, SLOW="1"
    )
    assert code == 0, err
    assert silent == (0, "", "")
    assert "straggler: rank 1" in out
    result = pytimer.load(folder / "r.json")
    assert result.straggler.rank == 1
    assert result.ranks[0].measured.min_s >= 0.004
    assert result.ranks[1].measured.min_s >= 0.008
    assert result.items_per_s is None
    # Rank 0 was done first, and went on until rank 1 had its samples.
    calls = [len((folder / f"called-{rank}").read_text()) for rank in (0, 1)]
    assert calls[0] > 2 * (40 + 2) + 20


@pytest.mark.slow
def test_rank_0_finds_the_batch_size_for_all(folder):
    arguments = ("--max-batch-size", "2", "--no-isolate", "--batches", "60", "--json", "r.json")
    (code, _, err), _ = by_hand(folder, "throughput", "net.py:make", *arguments)
    assert code == 0, err
    result = pytimer.load(folder / "r.json")
    assert result.alone.sweep.max_batch_size == 2
    assert {rank.measured.batch_size for rank in result.ranks} == {result.alone.batch_size}


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("dies", "rank 1: ended without a word"),
        pytest.param("hangs", "rank 1: gave no word for 6 s", marks=pytest.mark.slow),
        ("raises", "rank 1: net.py:make raised in call"),
    ],
)
def test_a_lost_rank_is_named_and_what_was_measured_is_kept(folder, what, says):
    arguments = (*THROUGHPUT, "--batches", "100", "--timeout", "6")
    (code, out, err), _ = by_hand(folder, *arguments, WHO="1", WHAT=what)
    assert code == 2
    assert says in err
    assert len(err.splitlines()) == 1
    assert "rank-missing" in out
    result = pytimer.load(folder / "r.json")
    assert [one.rank for one in result.missing] == [1]
    assert [rank.rank for rank in result.ranks] == [0]
    assert len(result.ranks[0].measured.samples) == len(result.alone.samples) == 100
    assert result.items_per_s is None


def test_the_end_of_rank_0_ends_the_others(folder):
    arguments = (*THROUGHPUT, "--batches", "100", "--timeout", "60")
    (code, _, _), (other, out, err) = by_hand(folder, *arguments, WHO="0", WHAT="dies")
    assert (code, other, out) == (-signal.SIGKILL, 2, "")
    assert "rank 0" in err


@pytest.mark.slow
def test_the_others_end_in_time_when_rank_0_hangs_with_the_words_of_all(folder):
    """After its 122 calls alone and its warm-up."""
    arguments = (*THROUGHPUT, "--batches", "120", "--timeout", "6")
    _, (code, out, err) = by_hand(folder, *arguments, WHO="0", WHAT="hangs", AFTER="140")
    assert (code, out) == (2, "")
    assert "is gone: rank 0, or torchrun, has ended or hangs" in err


@pytest.mark.slow
def test_three_ranks_measure_together(folder):
    """A call of 2 items waits for 4 ms, so a rank does at most 500 items/s, and three 1500."""
    ends = by_hand(folder, *THROUGHPUT, "--batches", "150", "--timeout", "60", ranks=3)
    assert [code for code, _, _ in ends] == [0, 0, 0], ends
    result = pytimer.load(folder / "r.json")
    assert [rank.rank for rank in result.ranks] == [0, 1, 2]
    assert max(rank.measured.items_per_s for rank in result.ranks) < result.items_per_s <= 1500
    assert result.efficiency == result.items_per_s / (3 * result.alone.items_per_s)


@pytest.mark.slow
def test_of_three_ranks_one_that_dies_is_named_and_both_others_are_kept(folder):
    """Rank 1 needs at least 800 × 8 ms, rank 0 half: one rank is lost when it ends, one busy."""
    arguments = (*THROUGHPUT, "--batches", "800", "--timeout", "60")
    (code, _, err), _, _ = by_hand(folder, *arguments, ranks=3, WHO="2", WHAT="dies", SLOW="1")
    assert code == 2
    assert err.startswith("pytimer: rank 2: ended without a word")
    assert "rank 1" not in err
    result = pytimer.load(folder / "r.json")
    assert [rank.rank for rank in result.ranks] == [0, 1]
    assert [one.rank for one in result.missing] == [2]


@pytest.mark.slow
def test_ranks_that_torchrun_ends_write_what_they_know(folder):
    code, out, err = by_torchrun(
        folder, "-m", "pytimer", *THROUGHPUT, "--batches", "2000", WHO="1", WHAT="dies"
    )
    assert code != 0
    assert "pytimer: rank 1: ended without a word" in err
    assert "rank 0 alone" in out
    result = pytimer.load(folder / "r.json")
    assert [one.rank for one in result.missing] == [0, 1]
    assert len(result.alone.samples) == 2000


def test_ranks_with_different_plans_are_refused_before_a_call_is_made(folder):
    ends = by_hand(folder, *THROUGHPUT, of_rank=(("--batches", "50"), ("--batches", "60")))
    assert [code for code, _, _ in ends] == [2, 2]
    assert "plan.batches is 50 on rank 0 and 60 on rank 1" in ends[0][2]
    assert ends[1][1:] == ("", "")
    assert not list(folder.glob("called-*"))


def test_a_rank_without_its_device_is_named_by_rank_0(folder):
    ends = by_hand(folder, *THROUGHPUT, of_rank=((), ("--device", "xpu:7")))
    assert [code for code, _, _ in ends] == [2, 2]
    assert ends[0][2].startswith("pytimer: rank 1: ")
    assert "xpu:7" in ends[0][2]
    assert ends[1][1:] == ("", "")


def test_a_meeting_point_out_of_reach_is_said_in_time(folder):
    more = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port()), "WORLD_SIZE": "2"}
    env = environment(RANK="0", TORCHELASTIC_USE_AGENT_STORE="True", **more)
    command = [sys.executable, "-m", "pytimer", *THROUGHPUT, "--timeout", "4"]
    code, out, err = ended(start(command, folder, env), 60)
    assert (code, out) == (2, "")
    assert "rank 0 cannot meet the others at 127.0.0.1" in err


def test_a_script_of_its_own_measures_with_its_group_untouched(folder):
    (folder / "script.py").write_text(SCRIPT)
    code, out, err = by_torchrun(folder, "script.py")
    assert code == 0, err
    assert out == "[0, 1] 30\n"


@pytest.fixture
def two_networks():
    """Two network namespaces with a cable between them; how to start a program in each."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("needs root, and ip of iproute2")
    names = [f"pytimer-{os.getpid()}-{end}" for end in "ab"]
    cables = [f"pt{os.getpid()}{end}" for end in "ab"]
    script = [f"netns add {name}" for name in names]
    script += [f"link add {cables[0]} type veth peer name {cables[1]}"]
    for number, (name, cable) in enumerate(zip(names, cables, strict=True), 1):
        script += [
            f"link set {cable} netns {name}",
            f"-n {name} addr add 10.77.0.{number}/24 dev {cable}",
            f"-n {name} link set {cable} up",
            f"-n {name} link set lo up",
        ]
    try:
        for line in script:
            done = subprocess.run(["ip", *line.split()], capture_output=True, text=True)
            if done.returncode:
                pytest.skip(f"no network namespaces here: ip {line}: {done.stderr.strip()}")
        yield [["ip", "netns", "exec", name] for name in names], cables
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


def test_ranks_in_two_networks_measure_together(folder, two_networks):
    prefix, cables = two_networks
    naming = [[*p, "env", f"GLOO_SOCKET_IFNAME={c}"] for p, c in zip(prefix, cables, strict=True)]
    arguments = (*THROUGHPUT, "--batches", "100", "--timeout", "60")
    (code, _, err), other = by_hand(folder, *arguments, prefix=naming, MASTER_ADDR="10.77.0.1")
    assert code == 0, err
    assert other == (0, "", "")
    result = pytimer.load(folder / "r.json")
    assert result.items_per_s > max(rank.measured.items_per_s for rank in result.ranks)
    clock = result.ranks[1].clock
    assert abs(clock.offset_s) <= clock.uncertainty_s
