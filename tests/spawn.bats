# sv-spawn by itself and with a hub that behaves.

setup() {
	load jobs.bash
	jobs_setup
}

teardown() {
	jobs_teardown
}

@test "what a worker is told" {
	job 3 'env >env.$SV_SHARD.$SV_GENERATION; tee in.$SV_SHARD | fakeworker' \
	    -- fakemaster
	[ "$status" -eq 0 ]
	nothing_left
	for i in 0 1 2; do
		[ "$(jq -r .shard in.$i)" = $i ]
		grep -qx "SV_SHARD=$i" env.$i.1
		grep -qx "SV_GENERATION=1" env.$i.1
		grep -qx "SV_WORKERS=3" env.$i.1
	done
	[ "$(jq -r '[.sv, .workers, .generation, .wire] | @text' in.0)" = \
	    '[1,3,1,"f64"]' ]
	jq -r .job in.0 | grep -qx '[0-9a-f]\{16\}'
	jq -r .hub in.0 | grep -qx 'tcp://127\.0\.0\.1:[0-9]*'
	[ "$(cat in.? | jq -r .job | sort -u | wc -l)" -eq 1 ]
	[ "$(jq -c '[.problem.from, .problem.to]' in.0 in.1 in.2 | tr '\n' ' ')" \
	    = '[0,33] [33,66] [66,100] ' ]
	# Nothing secret, nothing at all, in the arguments.
	[ "$(frames '"command":"env')" -eq 1 ]
}

@test "what a worker prints stays out of the frames" {
	job 2 'echo hello from $SV_SHARD; echo and stderr >&2; fakeworker' \
	    -- fakemaster
	[ "$status" -eq 0 ]
	ends 0 done
	[ "$(grep -c '^hello from [01]$' spawn.err)" -eq 2 ]
	[ "$(grep -c '^and stderr$' spawn.err)" -eq 2 ]
	[ "$(wc -l <spawn.err)" -eq 4 ]
}

@test "a worker inherits no descriptor but its three" {
	# What this shell holds is nobody's fault.
	sh -c 'ls /proc/self/fd' | sort >before
	job 2 'ls /proc/self/fd | sort >fds.$SV_SHARD; fakeworker' -- fakemaster
	[ "$status" -eq 0 ]
	[ "$(comm -13 before fds.0)" = "" ]
	[ "$(grep -cx '[012]' fds.0)" -eq 3 ]
	job 2 fakeworker -- sh -c 'ls /proc/self/fd | sort >fds; fakemaster'
	[ "$status" -eq 0 ]
	[ "$(comm -13 before fds)" = "" ]
	[ "$(grep -cx '[012]' fds)" -eq 3 ]
}

@test "spawn records: a request and an exit for each worker" {
	job 3 'fakeworker -b die -r 2 -s 1' -- fakemaster
	[ "$status" -eq 0 ]
	[ "$(frames '^spawn .*"request"')" -eq 4 ]
	[ "$(frames '^spawn .*"exit".*"status":0,"signal":0')" -eq 3 ]
	[ "$(frames '^spawn none 0 0 1 1 .*"exit".*"signal":9')" -eq 1 ]
	[ "$(frames '^spawn none 0 0 1 2 .*"request"')" -eq 1 ]
	[ "$(frames '^event none 0 0 1 1 .*"killed by signal 9"')" -eq 1 ]
	[ "$(frames '^spawn .*"cpu_s":[0-9.]*,"maxrss_bytes":[1-9][0-9]*')" -eq 4 ]
	# A process that was asked for is the one that ended.
	peek <out.svf | sed -n 's/^spawn.*"request","pid":\([0-9]*\).*/\1/p' |
	    sort >asked
	peek <out.svf | sed -n 's/^spawn.*"exit","pid":\([0-9]*\).*/\1/p' |
	    sort >ended
	diff asked ended
}

@test "the control socket is for its owner alone" {
	$gen >problem
	mkfifo way
	timeout 20 sv-spawn -w 2 -x fakeworker <problem >way 2>spawn.err &
	exec 9<way
	socket_there() {
		[ -n "$(find "$TMPDIR" -name control)" ]
	}
	within 10 socket_there
	dir=$(find "$TMPDIR" -type d -name 'sv-*')
	[ "$(stat -c %a "$dir")" = 700 ]
	[ "$(stat -c %a "$dir/control")" = 600 ]
	[ "$(stat -c %F "$dir/control")" = socket ]
	# The job frame names it.
	timeout 2 cat <&9 >frames || true
	peek <frames | grep -q "^job .*\"control\":\"$dir/control\""
	exec 9<&-
	wait $! || true
	[ ! -e "$dir" ]
	nothing_left
}

@test "the control socket is gone as soon as the hub has come" {
	start_job 2 fakeworker -- fakemaster -n 1000 -p 20
	within 10 running fakeworker
	[ -z "$(find "$TMPDIR" -name control)" ]
	kill "$(pids_of hub)"
	finish
	nothing_left
}

@test "no hub within the time" {
	$gen >problem
	mkfifo way
	sleep 20 <way &
	reader=$!
	status=0
	timeout 10 sv-spawn -w 2 -x 'touch started' --hub-timeout 0.3 <problem \
	    >way 2>spawn.err || status=$?
	kill $reader
	[ "$status" -eq 1 ]
	[ "$(cat spawn.err)" = "sv-spawn: no hub within 0.3 s: is sv-hub next in the pipeline?" ]
	[ ! -e started ]
	[ -z "$(find "$TMPDIR" -name 'sv-*')" ]
}

@test "nobody reads the job" {
	status=0
	$gen | timeout 10 sv-spawn -w 2 -x 'touch started' 2>spawn.err | true
	[ ! -e started ]
	nothing_left
	mkfifo way
	$gen >problem
	: <way &
	timeout 10 sv-spawn -w 2 -x 'touch started' <problem >way 2>spawn.err ||
	    status=$?
	[ "$status" -eq 1 ]
	[ -z "$(find "$TMPDIR" -name 'sv-*')" ]
}

@test "workers that do not end are ended" {
	spawn_options='--grace 0.3'
	job 2 'fakeworker -b deaf' -- fakemaster
	[ "$status" -eq 0 ]
	nothing_left
	[ "$(frames '^spawn .*"exit".*"signal":9')" -eq 2 ]
	# The same behind a shell, which ends at once and leaves the worker.
	job 2 ': 1; fakeworker -b deaf' -- fakemaster
	[ "$status" -eq 0 ]
	nothing_left
	[ "$(frames '^spawn .*"exit".*"signal":15')" -eq 2 ]
}

@test "a command is run by a shell only where it needs one" {
	start_job 2 fakeworker -- fakemaster -n 1000 -p 20
	within 10 running fakeworker
	within 10 not running sh
	kill "$(pids_of hub)"
	finish
	job 2 'FOO=bar fakeworker -b good' -- fakemaster
	[ "$status" -eq 0 ]
	job 2 ' fakeworker  -b   good ' -- fakemaster
	[ "$status" -eq 0 ]
	nothing_left
}

@test "what a worker's command leaves behind is ended with it" {
	spawn_options='--grace 0.3'
	job 2 'sleep 300 & fakeworker' -- fakemaster
	[ "$status" -eq 0 ]
	nothing_left
}

@test "TMPDIR that is too long" {
	$gen >problem
	long=$(printf '%0100d' 0)
	mkdir "$long"
	status=0
	TMPDIR=$PWD/$long timeout 10 sv-spawn -w 2 -x fakeworker <problem \
	    >spawn.out 2>spawn.err || status=$?
	[ "$status" -eq 1 ]
	[ "$(wc -l <spawn.err)" -eq 1 ]
	grep -q "control socket.*File name too long" spawn.err
	[ ! -s spawn.out ]
}

@test "a command that is missing, or empty" {
	$gen >problem
	for args in '' '-x'; do
		status=0
		# shellcheck disable=SC2086
		sv-spawn -w 2 $args <problem >spawn.out 2>spawn.err || status=$?
		[ "$status" -eq 2 ]
	done
	status=0
	sv-spawn -w 2 -x '' <problem 2>spawn.err || status=$?
	[ "$status" -eq 2 ]
	grep -q "which command" spawn.err
	status=0
	sv-spawn -w 2 -x fakeworker extra <problem 2>spawn.err || status=$?
	[ "$status" -eq 2 ]
	grep -q "'extra': no arguments" spawn.err
}

@test "a command that is not UTF-8" {
	$gen >problem
	status=0
	timeout 10 sv-spawn -w 2 -x "$(printf 'x\377')" <problem >spawn.out \
	    2>spawn.err || status=$?
	[ "$status" -eq 1 ]
	grep -q "the command is not UTF-8" spawn.err
	nothing_left
}

# --- --probe

@test "a probe reports what one worker saw" {
	$gen >problem
	spawn_on problem --probe -w 4 -x 'touch w.$SV_SHARD; fakeworker'
	[ "$status" -eq 0 ]
	[ "$(echo w.*)" = w.0 ]
	grep -q '^loading  *0\.250 s$' spawn.out
	grep -q '^rows  *10$' spawn.out
	grep -q '^shard  *1\.0 MB$' spawn.out
	[ ! -s spawn.err ]
	nothing_left
}

@test "a probe says what went wrong" {
	$gen >problem
	spawn_on problem --probe -x 'exit 7'
	[ "$status" -eq 1 ]
	[ ! -s spawn.out ]
	[ "$(cat spawn.err)" = "sv-spawn: the worker ended with status 7 before it said hello" ]
	spawn_on problem --probe -x 'fakeworker -b fail'
	[ "$status" -eq 1 ]
	[ "$(cat spawn.err)" = "sv-spawn: the worker cannot go on: fake: no such shard  file" ]
	spawn_on problem --probe -x 'kill -9 $$'
	[ "$status" -eq 1 ]
	grep -q "killed by signal 9" spawn.err
	nothing_left
}

@test "a probe that is interrupted leaves nothing" {
	$gen >problem
	timeout 20 sv-spawn --probe -x 'fakeworker -b sleep' <problem \
	    >spawn.out 2>spawn.err &
	within 10 running fakeworker
	kill -INT "$(pids_of spawn)"
	status=0
	wait $! || status=$?
	[ "$status" -eq 1 ]
	nothing_left
}
