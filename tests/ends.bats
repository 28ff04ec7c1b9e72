# However a job ends, everything is gone within ten seconds.

setup() {
	load jobs.bash
	jobs_setup
	spawn_options=-v
}

teardown() {
	jobs_teardown
}

# Start a job of many rounds, and wait until some are done.
start_long() {
	start_job 3 "${1:-fakeworker}" -o run.svf -- fakemaster -n 100000 -p 10
	within 20 rounds_done
}

rounds_done() {
	[ "$(peek <run.svf 2>/dev/null | grep -c '^timing')" -ge 3 ]
}

# It was interrupted, in good order.
interrupted() {
	nothing_left 10 || return 1
	finish
	[ "$status" -eq 1 ] || return 1
	[ "$(cat hub.err)" = "sv-hub: $1" ] || return 1
	ends 1 "$1" run.svf || return 1
	[ "$(grep -c '^spawn.*"exit"' peek.out)" -eq 3 ] || return 1
	ends 1 "$1" out.svf
}

# The hub noticed, and said so in one line that is like RE.
noticed() {
	nothing_left 10 || return 1
	finish
	[ "$status" -eq 1 ] || return 1
	[ "$(wc -l <hub.err)" -eq 1 ] || return 1
	grep -Eqx "sv-hub: $1" hub.err || return 1
	ends 1 "" run.svf
}

@test "SIGINT to the hub" {
	start_long
	kill -INT "$(pids_of hub)"
	interrupted "interrupted by signal 2"
}

@test "SIGTERM to the hub" {
	start_long
	kill -TERM "$(pids_of hub)"
	interrupted "interrupted by signal 15"
}

@test "SIGHUP to the hub" {
	start_long
	kill -HUP "$(pids_of hub)"
	interrupted "interrupted by signal 1"
}

@test "SIGINT to all stages, as a terminal sends it" {
	start_long
	# shellcheck disable=SC2046
	kill -INT $(pids_of hub) $(pids_of spawn)
	nothing_left 10
	finish
	[ "$status" -eq 1 ]
	[ "$(wc -l <hub.err)" -eq 1 ]
	grep -Eqx 'sv-hub: (interrupted by signal 2|sv-spawn is gone)' hub.err
	ends 1 '' run.svf
	[ "$(grep -c '^spawn.*"exit"' peek.out)" -eq 3 ]
}

@test "a second SIGINT ends the hub at once" {
	start_long 'fakeworker -b deaf'
	hub=$(pids_of hub)
	kill -INT "$hub"
	within 5 grep -q interrupted hub.err
	kill -0 "$hub"
	kill -INT "$hub"
	gone() {
		not kill -0 "$hub" 2>/dev/null
	}
	within 2 gone
	nothing_left 10
	finish
	[ "$status" -eq 1 ]
}

@test "SIGINT while workers start" {
	start_job 3 'fakeworker -b sleep -g 0' -o run.svf -- fakemaster
	within 10 running fakeworker
	kill -INT "$(pids_of hub)"
	interrupted "interrupted by signal 2"
}

@test "SIGTERM before there is a job" {
	mkfifo way
	sleep 30 >way &
	sleeper=$!
	timeout 20 sv-hub -o run.svf -- fakemaster <way >out.svf 2>hub.err &
	within 5 running hub
	sleep 0.2
	kill -TERM "$(pids_of hub)"
	status=0
	wait $! || status=$?
	[ "$status" -ne 0 ]
	kill $sleeper
	nothing_left
}

@test "SIGTERM to the spawner" {
	start_long
	kill -TERM "$(pids_of spawn)"
	noticed "sv-spawn is gone"
	[ "$(grep -c '^spawn.*"exit"' peek.out)" -eq 3 ]
	grep -qx 'sv-spawn: stopped by signal 15' spawn.err
}

@test "SIGTERM to the spawner before a hub has come" {
	mkfifo way
	$gen >problem
	timeout 20 sv-spawn -w 2 -x fakeworker <problem >way 2>spawn.err &
	exec 9<way
	within 5 running spawn
	sleep 0.2
	kill -TERM "$(pids_of spawn)"
	status=0
	wait $! || status=$?
	[ "$status" -eq 1 ]
	exec 9<&-
	nothing_left
}

@test "kill -9 of the spawner" {
	start_long
	kill -9 "$(pids_of spawn)"
	noticed "sv-spawn is gone"
}

@test "kill -9 of the spawner while workers start" {
	start_job 3 'sleep 2; exec fakeworker' -o run.svf -- fakemaster
	within 10 running sleep
	kill -9 "$(pids_of spawn)"
	noticed "sv-spawn is gone"
}

@test "kill -9 of the hub" {
	start_long
	kill -9 "$(pids_of hub)"
	nothing_left 10
	finish
	[ "$status" -eq 137 ]
	grep -qx 'sv-spawn: the hub is gone; ending the workers' spawn.err
	# What was written until then can be read.
	peek <run.svf >peek.out 2>peek.err || grep -q 'ends in the middle' peek.err
	[ "$(grep -c '^timing' peek.out)" -ge 3 ]
}

@test "kill -9 of the hub, and workers that do not care" {
	spawn_options='--grace 1'
	start_long 'fakeworker -b deaf'
	kill -9 "$(pids_of hub)"
	nothing_left 10
	finish
}

@test "kill -9 of the hub, and a master that hears nothing" {
	start_job 2 fakeworker -o run.svf -- fakemaster -b mute -r 3
	within 10 running fakeworker
	sleep 0.3
	kill -9 "$(pids_of hub)"
	nothing_left 10
	finish
}

@test "kill -9 of the hub and the spawner together" {
	start_long
	# shellcheck disable=SC2046
	kill -9 $(pids_of hub) $(pids_of spawn)
	nothing_left 10
	finish
}

@test "kill -9 of the master" {
	start_long
	kill -9 "$(pids_of fakemaster)"
	noticed "the master was killed by signal 9"
}

@test "kill -9 of a shell that runs the master" {
	start_job 2 fakeworker -o run.svf -- sh -c \
	    'fakemaster -n 100000 -p 10; fakemaster'
	within 20 rounds_done
	kill -9 "$(pids_of sh)"
	# The master that it ran goes on, but nobody waits for its end.
	within 5 not running sh
	kill -9 "$(pids_of fakemaster)"
	noticed "the master was killed by signal 9"
}

@test "kill -9 of a worker, and of its replacement" {
	start_job 3 fakeworker -o run.svf -- fakemaster -n 200 -p 20
	for i in 1 2; do
		within 20 test -s run.svf
		within 20 all_here $((i + 2))
		kill -9 "$(pids_of fakeworker | tail -n 1)"
	done
	finish
	[ "$status" -eq 0 ]
	ends 0 done run.svf
	[ "$(grep -c '^timing' peek.out)" -eq 200 ]
	[ "$(grep -c '^event.*killed by signal 9' peek.out)" -eq 2 ]
	nothing_left
}

all_here() {
	[ "$(peek <run.svf 2>/dev/null | grep -c '^hello')" -eq "$1" ]
}

@test "kill -9 of the reader downstream" {
	mkfifo way
	sleep 60 <way &
	reader=$!
	out=way
	start_long
	kill -9 $reader
	nothing_left 10
	finish
	[ "$status" -eq 1 ]
	[ "$(wc -l <hub.err)" -eq 1 ]
	grep -Eq "^sv-hub: standard output: (nobody reads|Broken pipe)" hub.err
	ends 1 'standard output' run.svf
}

@test "a reader that stalls does not outlast an interrupt" {
	mkfifo way
	sleep 60 <way &
	reader=$!
	out=way
	gen="sv-gen -n 10 -d 20000 -p 0.001"
	start_long
	kill -INT "$(pids_of hub)"
	finished_but_reader() {
		[ "$(marked)" = "$reader" ]
	}
	within 10 finished_but_reader
	finish
	kill $reader
	[ "$status" -eq 1 ]
	grep -q "the reader does not read; its run is cut" hub.err
	ends 1 'interrupted by signal 2' run.svf
}
