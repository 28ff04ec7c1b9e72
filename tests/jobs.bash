# shellcheck shell=bash
# For tests of sv-hub and sv-spawn: run small jobs with fake workers and masters
# (fakeworker.c, fakemaster.c) and see what they leave.  Every process of a job
# carries the test's own directory in its environment, so that what is left of
# it can be told from other people's.

jobs_setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	PATH=$SV_BUILDDIR/tests:$PATH
	export SV_TEST_MARK=$BATS_TEST_TMPDIR
	jobs_limit
	export TMPDIR=$BATS_TEST_TMPDIR
	gen="sv-gen -n 100 -d 10 -p 0.5"
	spawn_options=
	limit=25
	out=out.svf
}

jobs_teardown() {
	local p
	for p in $(marked); do
		kill -CONT "$p" 2>/dev/null || true
		kill -KILL "$p" 2>/dev/null || true
	done
	return 0
}

# The tools do not let others of the same user, and not even every root, look
# into them, nor read their environment.  A limit, which Linux does not care about
# and shows to everybody, is the mark of who runs in this test, too.
jobs_limit() {
	mark=$(((1 << 40) + BASHPID * 32768 + RANDOM))
	ulimit -S -m "$mark"
	mark=$((mark * 1024))
}

# The processes of this test that do not show their environment.
hidden() {
	local p
	for p in $(grep -ls "^Max resident set  *$mark " /proc/[0-9]*/limits |
	    tr -dc '0-9\n'); do
		cat "/proc/$p/environ" >/dev/null 2>&1 ||
		    ! grep -qs '^State:.[^ZX]' "/proc/$p/status" || echo "$p"
	done
}

# The processes of this test, but for zombies (whose environment is empty) and
# those that look.
marked() {
	# shellcheck disable=SC2016
	env -u SV_TEST_MARK sh -c 'grep -lsxzF "$1" /proc/[0-9]*/environ |
	    sed "s,/proc/\([0-9]*\)/.*,\1,"' - "SV_TEST_MARK=$BATS_TEST_TMPDIR"
	hidden
}

# The processes of this test that run the program NAME; "hub" is sv-hub.
pids_of() {
	local p
	for p in $(marked); do
		case $(cat "/proc/$p/comm" 2>/dev/null) in
		"$1" | "sv-$1") echo "$p" ;;
		esac
	done
	return 0
}

# within SECONDS COMMAND...: wait until COMMAND succeeds.
within() {
	local end=$((SECONDS + $1 + 1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || {
			echo "not in time: $*"
			return 1
		}
		sleep 0.05
	done
}

not() {
	! "$@"
}

none_marked() {
	[ -z "$(marked)" ]
}

running() {
	[ -n "$(pids_of "$1")" ]
}

# Nothing of this test is left after at most SECONDS (10), no socket either.
nothing_left() {
	within "${1:-10}" none_marked || {
		# shellcheck disable=SC2046
		ps -o pid,ppid,pgid,stat,etime,wchan:20,args -p \
		    "$(echo $(marked) | tr ' ' ,)"
		return 1
	}
	[ -z "$(find "$TMPDIR" -name control)" ]
}

# hub_on FILE HUB-ARGUMENT...: the hub alone, with FILE for its input.
hub_on() {
	local file=$1
	shift
	status=0 statuses=()
	timeout -k 5 "$limit" sv-hub "$@" <"$file" >"$out" 2>hub.err || status=$?
	show
}

# spawn_on FILE SPAWN-ARGUMENT...: the spawner alone.
spawn_on() {
	local file=$1
	shift
	status=0 statuses=()
	timeout -k 5 "$limit" sv-spawn "$@" <"$file" >spawn.out 2>spawn.err ||
	    status=$?
	show
}

# job W COMMAND HUB-ARGUMENT...: run a pipeline; $status is the hub's, $statuses
# are all; what they said is in gen.err, spawn.err, hub.err, the run in $out.
job() {
	local w=$1 command=$2 began=$SECONDS
	shift 2
	set +e
	# shellcheck disable=SC2086
	$gen 2>gen.err | timeout -k 5 "$limit" sv-spawn $spawn_options -w "$w" \
	    -x "$command" 2>spawn.err | timeout -k 5 "$limit" sv-hub "$@" \
	    2>hub.err >"$out"
	statuses=("${PIPESTATUS[@]}")
	set -e
	status=${statuses[2]}
	took=$((SECONDS - began))
	show
}

# The same in the background; finish waits for its end.
start_job() {
	(job "$@" >job.out
	echo "$status" >job.status) 3>&- &
	job_pid=$!
}

finish() {
	wait "$job_pid" || true
	status=$(cat job.status)
	show
}

# What a failed test should print.
show() {
	echo "status $status ${statuses[*]}"
	tail -n 20 gen.err spawn.err hub.err 2>/dev/null || true
	return 0
}

# The run in FILE ($out) is whole, and its END has STATUS and a reason like RE.
ends() {
	local file=${3:-$out}
	peek <"$file" >peek.out || return 1
	echo "last frame: $(tail -n 1 peek.out)"
	tail -n 1 peek.out | grep -Eq \
	    "^end none .*\"status\":$1,\"reason\":\"[^\"]*$2.*\"tool\":\"sv-hub\""
}

# How many frames of FILE ($out) have a line like RE?
frames() {
	peek <"${2:-$out}" | grep -cE "$1"
}

# fails RE: the hub failed with one line that is like RE, the run says so, and
# nothing is left.
fails() {
	[ "$status" -eq 1 ] || return 1
	sed '/; starting another$/d' hub.err >said
	[ "$(wc -l <said)" -eq 1 ] || return 1
	grep -Eq "^sv-hub: .*$1" said || return 1
	ends 1 "" || return 1
	nothing_left
}

# events NAME FILE: how many EVENTs of that name the run has.
events() {
	sv-cat -t event "$2" | grep -c "\"event\":\"$1\"" || true
}

# same_globals RUN RUN: workers were sent the same, bit for bit.
same_globals() {
	python3 "$SV_SRCDIR/tests/globals.py" "$1" "$2"
}
