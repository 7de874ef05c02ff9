# Short names for what is done daily. `make` alone prints them.

# Give JOBS=1 on a small machine. PRESET is one of CMakePresets.json.
JOBS ?= $(shell nproc)
DATA ?= ./partwise-data
ROUNDS ?= 9
SECONDS_EACH ?= 5
SEEDS ?= 4000
# New histories for every commit.
FIRST_SEED ?= $(shell printf %d 0x$$(git rev-parse --short=8 HEAD 2>/dev/null || echo 1))

.DEFAULT_GOAL := help
.PHONY: help setup setup-tests test-cluster build run demo test fast compat compat-matrix kill sim sim-mutations asan tsan fuzz \
  tidy format clean torture torture-build torture-long torture-rivals \
  bench bench-all bench-scale bench-report bench-build

help: ## Print this list.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

setup: ## Install the Debian packages that are missing; does nothing when none is.
	@tools/setup.sh

setup-tests: ## Also install the servers that some tests start themselves (PostgreSQL, Ceph).
	@tools/setup.sh tests

build: setup ## Build build/release/partwise.
	@cmake --preset release >/dev/null
	@cmake --build build/release -j $(JOBS) --target partwise

run: build ## Serve on 127.0.0.1:8080 from ./partwise-data (DATA=DIR for another place).
	@exec build/release/partwise serve --listen 127.0.0.1:8080 --data-dir $(DATA)

demo: build ## Upload, complete, download and cancel a real file of 300 MiB; cleans up after itself.
	@tools/demo.sh build/release/partwise

test: setup ## Build everything and run every test but the long ones, and the style checks.
	@cmake --preset release >/dev/null
	@cmake --build build/release -j $(JOBS)
	@ctest --test-dir build/release --output-on-failure --no-tests=error -j $(JOBS) -LE long

fast: setup ## Build everything and run the fast tests alone, in under 30 seconds.
	@cmake --preset release >/dev/null
	@cmake --build build/release -j $(JOBS)
	@ctest --test-dir build/release --output-on-failure --no-tests=error -j $(JOBS) -L fast

compat: build ## Run the official SDKs of four languages against the server, a 2 GiB upload included.
	@tools/compat.sh build/release/partwise

test-cluster: build setup-tests ## The contract of blobs on a Ceph gateway, and the server on its bad days (5 minutes).
	@cmake --build build/release -j $(JOBS) --target contract_blob_tests
	@tests/cluster/run.sh

compat-matrix: build ## Run them, and write what passed into docs/compatibility.md.
	@-tools/compat.sh build/release/partwise -k matrix_test
	@python3 tools/compat_matrix.py --write

kill: build ## Kill the server under load 20 times (KILLS=n), and prove that nothing answered was lost.
	@python3 tests/kill/kill_test.py build/release/partwise --rounds $(or $(KILLS),20)

torture-build: setup
	@cmake --preset release >/dev/null
	@cmake --build build/release -j $(JOBS) --target partwise partwise_interposer

torture: torture-build ## Linearizability, failing system calls, lost power, full disks: 3 minutes (OPERATIONS, STRIDE, STATES).
	@tests/torture/run.sh

torture-long: torture-build ## The same at length, and 1 000 kills: an hour or two.
	@OPERATIONS=500000 STRIDE=1 STATES=10000 KILLS=1000 tests/torture/run.sh

torture-rivals: ## The load of linearizability against other servers: what breaks, and how often.
	@python3 -B tests/torture/other_servers.py --operations $(or $(OPERATIONS),20000)

sim: setup ## Run simulated histories of the server, and all that ever failed (SEEDS=4000 FIRST_SEED=1).
	@cmake --preset release >/dev/null
	@cmake --build build/release -j $(JOBS) --target partwise-sim
	@build/release/tests/sim/partwise-sim --jobs $(JOBS) --seeds $(SEEDS) \
	  --first-seed $(FIRST_SEED) --seed-file tests/sim/regression_seeds.txt

sim-mutations: setup ## Put each of the deliberate bugs in, and see the simulator find it.
	@cmake --preset release >/dev/null
	@cmake --build build/release -j $(JOBS) --target partwise-sim
	@build/release/tests/sim/partwise-sim --jobs $(JOBS) --all-mutations --seconds 60

bench-build: setup
	@cmake --preset release >/dev/null
	@cmake --build build/release -j $(JOBS) --target partwise partwise_bench

bench: bench-build ## Measure it beside the floor and its rivals, in under 20 minutes (ROUNDS=3 for a look).
	@python3 -B bench/run.py --rounds $(ROUNDS) $(if $(ONLY),--only $(ONLY))

bench-all: bench-build ## The same with more rivals, for now and then.
	@python3 -B bench/run.py --rivals all --rounds $(ROUNDS) $(if $(ONLY),--only $(ONLY))

bench-scale: bench-build ## Measure it with 10 million uploads and files, which takes 8 GB of disk.
	@python3 -B bench/run.py --scale --rounds $(ROUNDS)

bench-report: ## Write docs/benchmarks.md and its plots from what was measured last.
	@python3 -B bench/report.py

fuzz: setup ## Fuzz everything that reads untrusted bytes, SECONDS_EACH=5 for each target.
	@JOBS=$(JOBS) tools/fuzz.sh $(SECONDS_EACH)

asan: setup ## Run the fast tests under the address and undefined behaviour sanitizers.
	@cmake --preset asan >/dev/null
	@cmake --build build/asan -j $(JOBS)
	@ctest --test-dir build/asan --output-on-failure --no-tests=error -j $(JOBS) -L fast

tsan: setup ## Run the fast tests under the thread sanitizer.
	@cmake --preset tsan >/dev/null
	@cmake --build build/tsan -j $(JOBS)
	@ctest --test-dir build/tsan --output-on-failure --no-tests=error -j $(JOBS) -L fast

tidy: setup ## Run clang-tidy over every source (FILES='src/core' for some).
	@cmake --preset release >/dev/null
	@tools/tidy.sh build/release $(FILES)

format: setup ## Format every C++ file in place.
	@tools/format.sh

clean: ## Remove everything that was built.
	@rm -rf build
