# make run        set up everything, then measure EfficientNet-b0
# make test       set up everything, then pytest and CTest
# make check      formatters, linters, types
# make test-all   test, and the slow suites
# make browser    pages of results in a headless Chromium, which it installs (as root, on Debian)
# make sanitize   the C++ tests with address, undefined-behaviour and thread sanitizers
# make gpu-check  on a machine with a GPU: device tests and GPU benchmarks, offline, in place
# make benchmarks the benchmarks that need no GPU
# make kernels    compile the CUDA kernel to the PTX that is committed (needs nvcc)
# make pictures   draw the timelines in docs
# make stubs      write the stubs of the compiled modules
# make format     format Python and C++
# make compatibility  other versions of Python, C++ and torch (gigabytes, hours): docs/compatibility.md
# make clean      remove everything that was built

PYTHON ?= python3
TORCH ?= 2.13.0
TORCH_CPU_INDEX ?= https://download.pytorch.org/whl/cpu

# $(PYTHON) is used as it is when it has all that a target needs, else a virtual environment.
has = $(shell $(PYTHON) -c "import $(1)" 2>/dev/null && echo yes)
NEEDS := torch,numpy,scipy,rich,click,psutil,efficientnet_pytorch,cloudpickle,pybind11,setuptools,ninja,pytest,pytest_benchmark,xdist,hypothesis,matplotlib,transformers,jinja2
CHECK_NEEDS := $(NEEDS),mypy,ruff,clang_format,pybind11_stubgen
WANTED := $(if $(filter check format stubs,$(MAKECMDGOALS)),$(CHECK_NEEDS),$(NEEDS))

ifeq ($(filter gpu-% clean compatibility,$(MAKECMDGOALS)),)
ifeq ($(call has,$(WANTED)),yes)
PY := $(PYTHON)
SETUP :=
else
PY := $(CURDIR)/.venv/bin/python
SETUP := .venv/ready
endif
else
PY := $(PYTHON)
SETUP :=
endif

export PYTHONPATH := $(CURDIR)$(addprefix :,$(PYTHONPATH))
export PATH := $(CURDIR)/.venv/bin:$(PATH)

# Hundreds of processes import what is installed: once compiled is enough.
unexport PYTHONDONTWRITEBYTECODE

CXX_FILES = $(shell git ls-files '*.hpp' '*.cpp' '*.cu')
CMAKE_BUILD := build/cmake

# Tests in which no time matters run side by side, a file in one process; the others one by one.
ON_HOST = $(patsubst %,tests/native/test_%.py,$(1))
NOTHING_TIMED := tests/python tests/statistics tests/simulation tests/accelerator tests/fuzz \
    $(call ON_HOST,batch_size_on_host blocks_of_calls broken_off cpp_package one_at_a_time \
    own_process processes_on_host profile_on_host setup_on_host torch_settings unruly_models \
    without_python worker_process)
TEST_WORKERS ?= 2

comma := ,
define ctest_in
	cmake -S . -B $(1) -G Ninja -DPYTIMER_WARNINGS_AS_ERRORS=ON -DPYTIMER_PYTHON=$(PY) $(2)
	cmake --build $(1)
	ctest --test-dir $(1) --output-on-failure --parallel $(TEST_WORKERS)
endef

# One environment at a time, in a temporary folder, of what is committed.
PYTHON_VERSIONS ?= 3.11 3.12 3.13
CXX_STANDARDS ?= 17 20
TORCH_VERSIONS ?= 2.11.0 2.13.0 2.14.1

# Whatever one of them shows, the others are made as well.
GPU_CHECKS := gpu-tests gpu-accuracy gpu-mistakes gpu-loop-overhead gpu-compiled-call \
    gpu-memory-limit gpu-peers

.PHONY: run test pytest ctest check test-all browser sanitize gpu-check $(GPU_CHECKS) benchmarks kernels pictures reference stubs format build clean compatibility

run: build
	$(PY) -m pytimer run efficientnet-b0

test: pytest ctest

pytest: build
	OMP_WAIT_POLICY=PASSIVE $(PY) -m pytest -m "not slow" --durations 20 -n $(TEST_WORKERS) --dist loadfile $(NOTHING_TIMED)
	$(PY) -m pytest -m "not slow" --durations 20 $(addprefix --ignore ,$(NOTHING_TIMED))

ctest: $(SETUP)
	$(call ctest_in,$(CMAKE_BUILD),-DCMAKE_BUILD_TYPE=Release)

check: $(SETUP)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	clang-format --dry-run --Werror $(CXX_FILES)

test-all: build ctest sanitize browser
	$(PY) -m pytest -m "not browser"

browser: build
	command -v chromedriver >/dev/null || (apt-get update -qq && apt-get install -y -qq chromium chromium-driver)
	$(PY) -c "import selenium" 2>/dev/null || $(PY) -m pip install --quiet --group browser
	$(PY) -m pytest tests/browser

sanitize: $(SETUP)
	$(call ctest_in,build/address,-DPYTIMER_SANITIZE=address$(comma)undefined)
	$(call ctest_in,build/thread,-DPYTIMER_SANITIZE=thread)

gpu-check:
	$(MAKE) --keep-going --jobs 1 PYTHON=$(PYTHON) $(GPU_CHECKS)

$(GPU_CHECKS): build

gpu-tests:
	PYTIMER_REQUIRE_CUDA=1 $(PY) -m pytest -W default --durations 10 tests/device

gpu-accuracy:
	$(PY) benchmarks/accuracy.py --device cuda

gpu-memory-limit gpu-peers gpu-mistakes gpu-loop-overhead gpu-compiled-call: gpu-%:
	$(PY) benchmarks/$(subst -,_,$*).py --device cuda --json benchmarks/results/$@.json $($@)

gpu-memory-limit = --memory-limit 8192
gpu-peers = --rounds 5
gpu-loop-overhead = --repetitions 2000
gpu-compiled-call = --repetitions 500 --rounds 15

benchmarks: build
	$(PY) benchmarks/loop_overhead.py
	$(PY) benchmarks/compiled_call.py
	$(PY) benchmarks/batch_search.py
	$(PY) benchmarks/memory_limit.py
	$(PY) benchmarks/peers.py
	$(PY) benchmarks/audit_cost.py

kernels:
	$(PY) csrc/kernels/generate.py

pictures: build
	$(PY) docs/draw_timelines.py

reference: build
	$(PY) docs/write_reference.py

stubs: build
	$(PY) tests/stubs.py .

format: $(SETUP)
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .
	clang-format -i $(CXX_FILES)

build: $(SETUP)
	@$(PY) setup.py --quiet build_ext --inplace

# Of 13 000 modules a fifth is ever imported: Python compiles those when it first meets them.
INSTALL = $(PY) -m pip install --quiet --no-compile

# Without a GPU a CPU build of torch is a tenth of the download.
.venv/ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(INSTALL) --upgrade "pip>=25.1"
	if nvidia-smi -L >/dev/null 2>&1; then \
	    $(INSTALL) torch; \
	else \
	    $(INSTALL) "torch==$(TORCH)+cpu" --extra-index-url $(TORCH_CPU_INDEX) \
	        --retries 1 --timeout 20 \
	    || $(INSTALL) "torch==$(TORCH)"; \
	fi
	$(INSTALL) --group build --group test --group check
	$(INSTALL) --no-build-isolation --editable .
	touch $@

compatibility:
	$(PYTHON) -m tests.compatibility --python $(PYTHON_VERSIONS) --standard $(CXX_STANDARDS) \
	    --torch $(TORCH_VERSIONS)

clean:
	rm -rf build dist .venv pytimer.egg-info pytimer/*.so .mypy_cache .ruff_cache .pytest_cache
