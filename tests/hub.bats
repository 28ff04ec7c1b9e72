# sv-hub: what a job does when all goes well, and with workers that do not do as
# they should.

setup() {
	load jobs.bash
	jobs_setup
}

teardown() {
	jobs_teardown
}

# The run is right: N rounds, one timing and trace each, a model, and END.
right() {
	[ "$status" -eq 0 ] || return 1
	ends 0 done || return 1
	[ "$(grep -c '^timing' peek.out)" -eq "$1" ] || return 1
	[ "$(grep -c '^trace' peek.out)" -eq "$1" ] || return 1
	[ "$(grep -c '^model' peek.out)" -eq 1 ] || return 1
	nothing_left
}

# --- good runs

@test "a run from problem to end" {
	job 3 fakeworker -o run.svf -- fakemaster
	right 5
	[ ! -s hub.err ]
	[ ! -s spawn.err ]
	peek <out.svf | awk '{ print $1 }' | uniq -c | awk '{ print $2 $1 }' \
	    >order
	[ "$(sed -n 1,3p order | tr '\n' ' ')" = "problem1 job1 global1 " ]
	[ "$(frames '^hello')" -eq 3 ]
	[ "$(frames '^global step [1-5] [1-5] ')" -eq 5 ]
	[ "$(frames '^timing step 1 1 -1 0 3 24 ')" -eq 1 ]
	# What is downstream and what is in the file is the same run.
	cmp out.svf run.svf
}

@test "what nobody asked for is passed on" {
	job 2 fakeworker -- fakemaster -n 1
	right 1
	# Two that belong to no job, and the end of another run, which does not
	# belong here.
	globals d=3 step step >extra.svf
	sv-cat -f frames -t end <out.svf >>extra.svf
	gen="eval cat extra.svf; sv-gen -n 100 -d 10 -p 0.5"
	job 2 fakeworker -- fakemaster -n 1
	[ "$status" -eq 0 ]
	ends 0 done
	[ "$(head -n 3 peek.out | cut -d' ' -f1 | tr '\n' ' ')" = \
	    "global global problem " ]
	[ "$(grep -c '^end' peek.out)" -eq 1 ]
}

@test "every number of workers" {
	for w in 1 2 5 16 33; do
		job $w fakeworker -m 4 -- fakemaster -n 3
		right 3
	done
}

@test "256 workers" {
	gen="sv-gen -n 1000 -d 10 -p 0.5"
	limit=100
	job 256 fakeworker --start-timeout 90 -- fakemaster -n 3
	right 3
	[ "$(frames '^hello')" -eq 256 ]
	[ "$(frames '^spawn.*"exit".*"status":0,"signal":0')" -eq 256 ]
}

@test "a master that stops at its limit" {
	job 2 fakeworker -- fakemaster -e 3
	[ "$status" -eq 3 ]
	ends 3 "stopped without converging"
	[ ! -s hub.err ]
	nothing_left
}

@test "two masters in a row on the same workers" {
	job 2 fakeworker -o run.svf -- sh -c 'fakemaster -n 3; fakemaster -n 4'
	[ "$status" -eq 0 ]
	ends 0 done
	[ "$(frames '^model')" -eq 2 ]
	[ "$(frames '^hello')" -eq 2 ]
	[ "$(frames '^timing step [1-3] [1-3] ')" -eq 3 ]
	[ "$(frames '^timing step [1-4] [4-7] ')" -eq 4 ]
	nothing_left
}

@test "two masters, of which the second fails" {
	job 2 fakeworker -- sh -c 'fakemaster -n 2; fakemaster -b quit -e 5 -r 2'
	fails "the master ended with status 5"
	[ "$(frames '^model')" -eq 1 ]
}

@test "every n-th global" {
	job 2 fakeworker --globals 3 -- fakemaster -n 7
	right 7
	[ "$(frames '^global')" -eq 3 ]
	[ "$(frames '^global step [147] ')" -eq 3 ]
	# Large ones are not all recorded: 3 MB, every third.
	gen="sv-gen -n 10 -d 380000 -p 0.00001"
	job 2 fakeworker -- fakemaster -n 7
	right 7
	[ "$(frames '^global')" -eq 3 ]
}

@test "-v says where, who and how many; -q nothing" {
	job 2 'fakeworker -b old -s 1' -v --start-timeout 4 -- fakemaster
	right 5
	grep -q '^sv-hub: workers connect to tcp://127.0.0.1:[0-9]*$' hub.err
	grep -q '^sv-hub: shard 0: worker 1 is here, 1 of 2$' hub.err
	grep -q '^sv-hub: shard 1: worker 0 refused: another' hub.err
	job 2 'fakeworker -b die -s 1' -q -- fakemaster
	right 5
	[ ! -s hub.err ]
}


# --- workers that are lost, and come again

@test "a worker that is killed is replaced" {
	job 3 'fakeworker -b die -s 1 -r 3' -o run.svf -- fakemaster
	right 5
	[ "$(cat hub.err)" = "sv-hub: shard 1: worker lost, killed by signal 9; starting another" ]
	[ "$(frames '^event none 0 0 1 1 .*"lost","why":"killed by signal 9"')" -eq 1 ]
	[ "$(frames '^hello none 0 0 1 2 ')" -eq 1 ]
}

@test "a worker that is killed from outside is replaced" {
	start_job 3 fakeworker -- fakemaster -n 100 -p 40
	within 10 running fakeworker
	sleep 0.3
	kill -9 "$(pids_of fakeworker | head -n 1)"
	finish
	right 100
	grep -Eq 'shard [0-2]: worker lost, killed by signal 9; starting another' \
	    hub.err
}

@test "all workers are killed in mid-run" {
	job 4 'fakeworker -b die -r 2' -- fakemaster
	right 5
	[ "$(frames '^event none.*killed by signal 9')" -eq 4 ]
}

@test "a worker that leaves after its update, before the round is over" {
	job 2 'fakeworker -b after -e 9 -s 0 -r 2' -- fakemaster -n 4 -p 100
	right 4
	[ "$(frames '^event none 0 0 0 1 .*"ended with status 9"')" -eq 1 ]
	[ "$(frames '^hello none 0 0 0 2')" -eq 1 ]
}

@test "workers that hang are replaced" {
	job 3 'fakeworker -b mute -s 1 -r 2' --round-timeout 0.5 -- fakemaster
	right 5
	grep -q 'shard 1: worker lost, no update within 0.5 s; starting' hub.err
	# It was told that it is not needed any more, and went.
	grep -q 'fakeworker: refused: .*no update within' spawn.err
	job 3 'fakeworker -b sleep -s 1' --start-timeout 3 -- fakemaster
	right 5
	grep -q 'shard 1: worker lost, no hello within 3 s; starting' hub.err
}

@test "a worker that stops is replaced, and gone at the end" {
	start_job 2 fakeworker --round-timeout 0.5 -- fakemaster -n 50 -p 20
	within 10 running fakeworker
	sleep 0.2
	kill -STOP "$(pids_of fakeworker | head -n 1)"
	finish
	right 50
}

@test "updates that do not fit lose their worker" {
	while read -r b why; do
		echo "$b: $why"
		job 3 "fakeworker -b $b -s 1 -r 2" -- fakemaster
		right 5
		grep -q "shard 1: worker lost, $why; starting another" hub.err
		[ "$(wc -l <hub.err)" -eq 1 ]
	done <<-EOF2
	short its update has another length than the global
	long its update has another length than the global
	single its update has another shape than f64
	summed its update has another shape than f64
	other its update is of another operation
	damaged its update was damaged
	EOF2
}

@test "an update with other scalars than the rest" {
	# Whoever comes first sets the measure; the job must not hang.
	job 3 'fakeworker -b scalars -s 1' --job-losses 6 -- fakemaster
	case $status in
	0) right 5 ;;
	*) nothing_left ;;
	esac
	grep -q "its update has another length than the others" hub.err
}

@test "what counts once, or not at all" {
	for b in stale twice hellos noise foreign; do
		echo "$b"
		job 3 "fakeworker -b $b -g 0" -- fakemaster
		right 5
		[ ! -s hub.err ]
		[ ! -s spawn.err ]
		[ "$(frames '^hello')" -eq 3 ]
	done
}

@test "noise is counted" {
	job 2 "fakeworker -b noise -s 0 -r 5" -v -- fakemaster
	right 5
	grep -Eq '^sv-hub: dropped: 3[0-9] messages that made no sense' hub.err
}

@test "a second instance is refused, and the first goes on" {
	job 3 'fakeworker -b twin -s 1' -v -- fakemaster
	right 5
	[ "$(grep -v '^sv-hub: \(workers connect\|shard . worker 1 is here\)' \
	    hub.err | grep -c 'worker 1 refused: another worker has this shard')" \
	    -eq 1 ]
	grep -qx 'fakeworker: twin: refuse' spawn.err
	[ "$(frames '^hello')" -eq 3 ]
}

@test "a second instance that cannot go on does not end the job of the first" {
	job 1 'i=$(cat); printf %s "$i" | fakeworker &
	    until grep -q "is here" hub.err; do sleep 0.1; done
	    printf %s "$i" | fakeworker -b fail; wait' -v -- \
	    fakemaster -n 20 -p 100
	[ "$status" -eq 0 ]
	ends 0 done
	[ "$(grep -c 'is here' hub.err)" -eq 1 ]
}

# --- a reader that does not keep up

@test "a reader that stalls does not stall the rounds" {
	gen="sv-gen -n 10 -d 100000 -p 0.0001"
	$gen | timeout 60 sv-spawn -w 2 -x fakeworker 2>spawn.err | {
		status=0
		timeout 60 sv-hub -o run.svf -- fakemaster -n 120 2>hub.err ||
		    status=$?
		echo "$status" >hub.status
	} | {
		# Nothing is read until the run file is whole.
		model_there() {
			peek <run.svf 2>/dev/null | grep -q '^model'
		}
		within 50 model_there
		cat >out.svf
	}
	status=$(cat hub.status)
	show
	[ "$status" -eq 0 ]
	dropped=$(sed -n 's/^sv-hub: \([0-9]*\) records were dropped because the reader downstream was too slow; the run file has them all$/\1/p' hub.err)
	[ "$dropped" -gt 50 ]
	ends 0 done run.svf
	[ "$(grep -c '^timing' peek.out)" -eq 120 ]
	[ "$(grep -c '^global' peek.out)" -eq 120 ]
	ends 0 done out.svf
	[ "$(grep -c '^model' peek.out)" -eq 1 ]
	[ "$(grep -c '^event.*"dropped"' peek.out)" -eq 1 ]
	[ "$(grep -cE '^(global|timing|trace)' peek.out)" -eq $((360 - dropped)) ]
	nothing_left
}
