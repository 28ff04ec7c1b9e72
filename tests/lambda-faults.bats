# sv-lambda makes trouble where it is asked to: the same for the same seed.

bats_require_minimum_version 1.5.0

setup() {
	load environments.bash
	environments_setup
}

teardown() {
	# shellcheck disable=SC2086
	[ -z "$started" ] || kill -TERM $started 2>/dev/null || true
	# What has left its group, if a test fails.
	# shellcheck disable=SC2086
	[ -z "$daemons" ] || kill -KILL $daemons 2>/dev/null || true
}

not() {
	! "$@"
}

# EXPRESSION of numbers is true.
true_that() {
	awk "BEGIN { exit !($1) }"
}

@test "one time limit for all functions, with fractions" {
	lambda -F a=echo.zip,timeout=900 -F b=echo.zip,timeout=1 \
	    --timeout 2.5 -- 'invoke a "left"; invoke a "sleep 20"
	    invoke b "sleep 1.2; print b"'
	left=$(sed -n 1p out | tr -d '"')
	true_that "$left > 0 && $left <= 2500"
	grep -q 'Error: Task timed out after 2.50 seconds"' out
	grep -q 'Duration: 2500.00 ms' log
	grep -Fqx '"sleep 1.2; print b"' out
}

@test "who has answered in time has not failed, though its environment goes" {
	lambda -F f=echo.zip --timeout 1 -- 'invoke f "twice; sleep 5"
	    sleep 1.2; invoke f "print after"'
	[ "$(cat out)" = "$(printf '"first"\n"print after"')" ]
	[ "$(grep -c 'timed out' log)" -eq 0 ]
	[ "$(grep -c 'Init Duration' log)" -eq 2 ]
}

# What was told at the end is like RE.
told() {
	tail -n 1 err
	tail -n 1 err | grep -Eqx "sv-lambda: faults: $1"
}

# N calls, one after another, each of which does ACTIONS: what became of them,
# a word each.
outcomes() {
	cat >>lib.sh <<-'END'
		word() {
			sed -n 's/.*"errorType":"\([^"]*\)".*/\1/p
			    s/^"sleep.*"$/fine/p'
		}
	END
	echo "for i in $(seq -s ' ' "$1"); do invoke f '$2'; done | word"
}

# Nothing of it is left in the system: neither directories nor groups.
no_trace() {
	[ -z "$(ls "$TMPDIR")" ]
	[ -z "$(find /sys/fs/cgroup -name "sv-lambda-$1" 2>/dev/null)" ]
}

# The first environment is to run for 0.28 s, the second one for 48 s.
@test "environments are killed at times that the seed says" {
	lambda -F f=echo.zip --fault-seed 860 --fault-kill 0.1 -- \
	    "$(outcomes 3 'sleep 0.7')"
	[ "$(tr '\n' ' ' <out)" = "Runtime.ExitError fine fine " ]
	[ "$(grep -c 'Init Duration' log)" -eq 2 ]
	told '1 killed'
}

@test "an event whose environment is killed is tried again" {
	lambda -F f=echo.zip --fault-seed 1 --fault-kill 1000 \
	    --retry-scale 0.001 -- 'invoke f "print here; sleep 5" \
	    -H "X-Amz-Invocation-Type: Event"
	    until [ $(grep -c ^REPORT log) = 3 ]; do sleep 0.1; done'
	[ "$(grep ^START log | sort -u | wc -l)" -eq 1 ]
	[ "$(grep -c 'exited with error: signal: killed' log)" -eq 3 ]
	told '3 killed'
}

@test "cold starts crash, before their first event and after" {
	lambda -F f=echo.zip -v --fault-seed 3 --fault-crash 1 -- \
	    "$(outcomes 9 'sleep 1')"
	[ "$(grep -cx Runtime.ExitError out)" -eq 9 ]
	for when in 'at its start' 'at its first next' 'in its first call'; do
		grep -Eq "fault: function f, environment [0-9]: crashes $when$" err
	done
	told '9 crashed'
	lambda -F f=echo.zip --fault-seed 3 --fault-crash 0.5 -- \
	    "$(outcomes 4 'sleep 0.2')"
	# What has had a call survives.
	[ "$(tail -n 1 out)" = fine ]
}

# The first freeze comes at 0.15 s, the next one 12 s later.
@test "environments stop dead and go on" {
	lambda -F f=echo.zip --fault-seed 1364 --fault-freeze 0.3,1.5 -- '
	    invoke f "sleep 0.6" -w "%{time_total}"'
	[[ "$(cat out)" = '"sleep 0.6"'* ]]
	true_that "$(sed -n 's/^"sleep 0.6"//p' out) > 1.5"
	told '1 frozen'
}

@test "calls are delivered twice, under one number" {
	lambda -F f=echo.zip --fault-duplicate 1,0 -- '
	    invoke f "print one; sleep 0.5"
	    invoke f "print two; error Function.Bad" \
	    -H "X-Amz-Invocation-Type: Event"
	    until [ $(grep -c ^REPORT log) = 4 ]; do sleep 0.1; done
	    sleep 0.3'
	grep -Eqx 'sv-lambda: faults: --fault-seed [0-9]+' err
	[ "$(head -n 1 out)" = '"print one; sleep 0.5"' ]
	[ "$(grep ^START log | sort | uniq -c | grep -c ' 2 START')" -eq 2 ]
	[ "$(grep -cx one log)" -eq 2 ]
	told '2 duplicated'
}

@test "requests are refused, and told when to come again, or not" {
	lambda -F f=echo.zip --fault-throttle 1 --fault-seed 5 -- '
	    for i in 1 2 3 4 5 6 7 8; do
	    invoke f ""; grep -i ^retry-after head; grep ^HTTP head; done'
	[ "$(grep -c '^HTTP/1.1 429' out)" -eq 8 ]
	[ "$(grep -c '"Type":"User","message":"Rate Exceeded."' out)" -eq 8 ]
	n=$(grep -ci '^retry-after: 1' out)
	[ "$n" -gt 0 ]
	[ "$n" -lt 8 ]
	[ ! -s log ]
	told '8 throttled'
	lambda -F f=echo.zip --fault-storm 5,5 -- '
	    invoke f ""; invoke f ""'
	[ "$(grep -c '"Reason":"CallerRateLimitExceeded"' out)" -eq 2 ]
	told '2 in storms'
}

@test "requests fail, and the function may have been called all the same" {
	lambda -F f=echo.zip --fault-error 1 --fault-seed 2 -- '
	    for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	    invoke f "print $i" -w "%{http_code}\n" || echo "cut $i"
	    done; until [ $(grep -c ^END log) = 4 ]; do sleep 0.05; done
	    sleep 0.3'
	grep -q '"Type":"Service"' out
	grep -q '^{.*}502' out
	grep -q '^{.*}500' out
	# Two of those four were not answered.
	[ "$(grep -c '^000' out)" -eq 2 ]
	[ "$(grep -c ^END log)" -eq 4 ]
	told '12 errors'
}

# codes OPTION...: what 12 requests are answered with.
codes() {
	lambda -F f=echo.zip "$@" -- '
	    for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	    invoke f "" -o /dev/null -w "%{http_code}"; done'
	echo "codes $(tr '\n' ' ' <out)"
}

@test "a seed says what happens to whom, whatever else is asked for" {
	codes --fault-seed 9 --fault-throttle 0.4 >one
	codes --fault-seed 9 --fault-throttle 0.4 --fault-kill 0.01 \
	    --fault-duplicate 0.5 >two
	codes --fault-seed 10 --fault-throttle 0.4 >three
	cmp <(tail -n 1 one) <(tail -n 1 two)
	not cmp -s <(tail -n 1 one) <(tail -n 1 three)
}

@test "environments are slow, with groups and without" {
	for options in "" --no-limits; do
		# shellcheck disable=SC2086
		lambda -F f=echo.zip,memory=1769 --fault-slow 1,10 $options \
		    -- 'invoke f "spin 1"'
		# A tenth of a CPU, not one.
		cpu=$(sed -n 1p out | tr -d '"')
		true_that "$cpu > 0 && $cpu < 0.3"
		told '1 slow'
	done
}

@test "cold starts are late" {
	lambda -F f=echo.zip --fault-late 1,1 -- '
	    invoke f "" -w "%{time_total}"; invoke f ""'
	true_that "$(sed -n '1s/^""//p' out) >= 1"
	told '1 late'
	[ "$(grep -c 'Init Duration' log)" -eq 1 ]
}

@test "after all of them together nothing is left" {
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir "$TMPDIR"
	lambda -F f=echo.zip --fault-seed 4 --fault-kill 4 --fault-crash 0.2 \
	    --fault-freeze 4,0.1 --fault-duplicate 0.3,0.5 \
	    --fault-throttle 0.1 --fault-storm 1,0.1 --fault-error 0.2 \
	    --fault-slow 0.3 --fault-late 0.2,0.1 --retry-scale 0.001 -- '
	    for i in 1 2 3 4 5 6 7 8 9 10; do
	    for j in 1 2 3 4; do
	    invoke f "sleep 0.1; daemon" >>answers & done; wait; done
	    echo $PPID'
	no_trace "$(tail -n 1 out)"
	for pid in $(sed -n 's/^daemon //p' log); do
		not kill -0 "$pid" 2>/dev/null
	done
	told '[0-9]+ killed, [0-9]+ crashed, .*, [0-9]+ late'
}

# A sv-lambda in the background with one function that runs, one that is idle.
start() {
	sv-lambda -b 127.0.0.1:0 --log log --ready ready -F f=echo.zip "$@" \
	    >out 2>err 3>&- &
	pid=$!
	started="$started $pid"
	for _ in $(seq 200); do
		[ ! -s ready ] || break
		sleep 0.05
	done
	AWS_ENDPOINT_URL=$(cat ready)
	curl -sS -m 60 "$AWS_ENDPOINT_URL/2015-03-31/functions/f/invocations" \
	    -d '"daemon; sleep 100"' >busy 2>&1 3>&- &
	for _ in $(seq 200); do
		! grep -q '^daemon' log || break
		sleep 0.05
	done
	daemons="$daemons $(sed -n 's/^daemon //p' log)"
	curl -sS -m 60 "$AWS_ENDPOINT_URL/2015-03-31/functions/f/invocations" \
	    -d '"print idle"' >idle
	grep -qx idle log
}

# The processes of its environments that lead their groups.
functions_of() {
	ps -o pid=,pgid=,comm= --ppid "$1" |
	    awk '$1 == $2 && $3 == "bootstrap" { print $1 }'
}

no_process() {
	for p in "$@"; do
		case $(cut -d ' ' -f 3 "/proc/$p/stat" 2>/dev/null) in
		"" | Z) ;;
		*) return 1 ;;
		esac
	done
}

# Within 10 s COMMAND succeeds.
soon() {
	for _ in $(seq 200); do
		! "$@" || return 0
		sleep 0.05
	done
	"$@"
}

@test "a sv-lambda that is killed leaves no environment" {
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir "$TMPDIR"
	for options in "" --no-limits; do
		rm -f ready log
		# shellcheck disable=SC2086
		start $options
		pids=$(functions_of "$pid")
		[ "$(wc -w <<<"$pids")" -eq 2 ]
		pids="$pids $(sed -n 's/^daemon //p' log)"
		kill -KILL "$pid"
		wait "$pid" || true
		# shellcheck disable=SC2086
		soon no_process $pids
		soon no_trace "$pid"
	done
}

@test "nor does it if they run as another user" {
	[ "$(id -u)" -eq 0 ] || skip "only root can shut functions away"
	$SV_CC -static -O1 -std=c11 -D_POSIX_C_SOURCE=200809L \
	    -I"$SV_BUILDDIR" -I"$SV_SRCDIR/tests" -o echo.d/bootstrap \
	    "$SV_SRCDIR/tests/fakeruntime.c" "$SV_SRCDIR/tests/fakedeeds.c" \
	    -lpthread || skip "nothing can be linked statically here"
	zip_of echo
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir "$TMPDIR"
	start --chroot || true
	if grep -Eq 'a process: (Operation not permitted|Invalid argument)' err
	then
		skip "no mount namespace can be made here"
	fi
	pids=$(functions_of "$pid")
	[ "$(wc -w <<<"$pids")" -eq 2 ]
	# Without its guard: their parent's death is told them by the kernel.
	kill -KILL "$(pgrep -x sv-lambda-guard -P "$pid")" "$pid"
	wait "$pid" || true
	# shellcheck disable=SC2086
	soon no_process $pids
}

@test "who comes next cleans up after the dead, not after the living" {
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir "$TMPDIR"
	start
	living=$pid mine=$(ls "$TMPDIR")
	rm ready log
	start
	# Neither it nor its guard can do it.
	pids=$(functions_of "$pid")
	# shellcheck disable=SC2046
	kill -KILL $(pgrep -x sv-lambda-guard -P "$pid") "$pid"
	wait "$pid" || true
	# shellcheck disable=SC2086
	soon no_process $pids
	[ "$(ls "$TMPDIR" | wc -l)" -eq 2 ]
	mkdir "$TMPDIR/sv-lambda-abcdef"
	sv-lambda -q -b 127.0.0.1:0 -- true
	[ "$(ls "$TMPDIR")" = "$(printf '%s\n' "$mine" sv-lambda-abcdef |
	    sort)" ]
	[ -z "$(find /sys/fs/cgroup -name "sv-lambda-$pid" 2>/dev/null)" ]
	# The other one works as before.
	[ "$(functions_of "$living" | wc -l)" -eq 2 ]
	kill -TERM "$living"
	wait "$living"
	[ "$(ls "$TMPDIR")" = sv-lambda-abcdef ]
}
