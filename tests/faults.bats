# What happens when something is wrong: one line that names the cause, a bounded
# time, a run that says so, nothing left running.

setup() {
	load jobs.bash
	jobs_setup
}

teardown() {
	jobs_teardown
}

# The spawner failed with one line that is like RE, and wrote nothing.
spawn_fails() {
	[ "$status" -eq 1 ] || return 1
	[ ! -s spawn.out ] || return 1
	[ "$(wc -l <spawn.err)" -eq 1 ] || return 1
	grep -Eq "^sv-spawn: $1" spawn.err
}

# ... with a usage error.
spawn_refuses() {
	[ "$status" -eq 2 ] || return 1
	[ ! -s spawn.out ] || return 1
	[ "$(wc -l <spawn.err)" -eq 2 ] || return 1
	grep -Eq "^sv-spawn: $1" spawn.err || return 1
	[ "$(tail -n 1 spawn.err)" = "try 'sv-spawn --help'" ]
}

# --- the stream from upstream

@test "empty input" {
	hub_on /dev/null -- fakemaster
	fails "standard input: no problem: is sv-gen or sv-shard"
	spawn_on /dev/null -w 2 -x fakeworker
	spawn_fails "standard input: no problem"
	nothing_left
}

@test "a problem without a job" {
	$gen >problem
	hub_on problem -- fakemaster
	fails "no job: is sv-spawn in the pipeline"
}

@test "a stream that is cut, wherever" {
	$gen >problem
	size=$(stat -c %s problem)
	for at in 1 79 80 81 $((size - 1)); do
		echo "at $at"
		head -c "$at" problem >cut
		spawn_on cut -w 2 -x fakeworker
		spawn_fails "standard input: frame at byte 0: the stream ends"
		hub_on cut -- fakemaster
		fails "standard input: frame at byte 0: the stream ends in the middle"
	done
	# In the job frame of a spawner that found no hub.
	spawn_on problem -w 2 -x fakeworker --hub-timeout 0.2
	[ "$status" -eq 1 ]
	cp spawn.out job
	all=$(stat -c %s job)
	for at in $((size + 1)) $((size + 80)) $((all - 1)); do
		echo "at $at"
		head -c "$at" job >cut
		hub_on cut -- fakemaster
		fails "frame at byte $size: the stream ends in the middle"
	done
	# Whole, but the spawner is no more.
	hub_on job -- fakemaster
	fails "cannot reach sv-spawn at .*: No such file"
}

@test "a stream with a bit flipped" {
	$gen >problem
	size=$(stat -c %s problem)
	for at in 0 4 20 70 80 $((size - 9)); do
		python3 - "$at" <<-'PY'
		import sys
		b = bytearray(open('problem', 'rb').read())
		b[int(sys.argv[1])] ^= 4
		open('bad', 'wb').write(b)
		PY
		spawn_on bad -w 2 -x fakeworker
		spawn_fails "standard input: frame at byte 0: "
		hub_on bad -- fakemaster
		fails "standard input: frame at byte 0: "
	done
}

@test "text in place of frames" {
	yes | head -n 1000 >text
	hub_on text -- fakemaster
	fails "standard input: frame at byte 0: not a frame"
	spawn_on text -w 2 -x fakeworker
	spawn_fails "standard input: frame at byte 0: not a frame"
}

@test "the spawner's stream turns to garbage in mid-job" {
	$gen | timeout 20 sv-spawn -w 2 -x fakeworker 2>spawn.err | {
		cat
		yes | head -n 100
	} | timeout 20 sv-hub -- fakemaster -b mute -r 2 2>hub.err \
	    >out.svf 3>&- &
	within 10 running fakemaster
	within 10 running fakeworker
	kill "$(pids_of spawn)"
	status=0
	wait $! || status=$?
	show
	fails "sv-spawn is gone|not a frame"
}

# --- limits and options

@test "W = 0, and what else is no number of workers" {
	$gen >problem
	for w in 0 -1 x 99999999999 '' 65537; do
		spawn_on problem -w "$w" -x fakeworker
		spawn_refuses "-w"
	done
	spawn_on problem -x fakeworker
	spawn_refuses "how many workers"
	spawn_on problem -w 101 -x fakeworker
	spawn_refuses "-w 101: the problem has only 100 rows"
}

@test "a W that the problem was not cut into" {
	seq 1 40 | sed 's/.*/+1 1:0.5 3:&/' >data.svm
	sv-shard -w 4 -o shards data.svm >problem
	spawn_on problem -w 3 -x fakeworker
	spawn_refuses "-w 3: the problem is cut into 4 shards"
}

@test "a shard is missing" {
	job 4 "fakeworker -b fail -s 2" -- fakemaster
	fails "shard 2: fake: no such shard"
	[ "$took" -le 10 ]
}

@test "the address is in use" {
	start_job 2 fakeworker -v -- fakemaster -n 1000 -p 20
	within 10 grep -q "2 of 2" hub.err
	port=$(sed -n 's/.* workers connect to tcp:.*:\([0-9]*\).*/\1/p' hub.err)
	[ -n "$port" ]
	mkdir second
	cd second
	job 2 fakeworker -b "tcp://127.0.0.1:$port" -- fakemaster
	[ "$status" -eq 1 ]
	[ "$(cat hub.err)" = "sv-hub: cannot listen on tcp://127.0.0.1:$port: Address already in use" ]
	[ ! -s spawn.err ]
	ends 1 "cannot listen on tcp:..127.0.0.1:$port: Address already in use"
	cd ..
	kill -TERM "$(pids_of hub)"
	finish
	nothing_left 10
}

@test "listening beyond loopback must be meant" {
	for address in 'tcp://0.0.0.0:*' 'tcp://*:*' 'tcp://[::]:*'; do
		job 1 fakeworker -b "$address" -- fakemaster
		fails "means any address: say with -a"
	done
	job 1 fakeworker -b tcp://192.0.2.1:5555 -- fakemaster
	fails "cannot listen on tcp://192.0.2.1:5555"
	job 2 fakeworker -v -b 'tcp://*:*' -a 127.0.0.1 -- fakemaster
	[ "$status" -eq 0 ]
	grep -Eq 'workers connect to tcp://127.0.0.1:[0-9]+, encrypted$' hub.err
	ends 0 done
	# That is said, or not at all.
	job 2 fakeworker --encrypt --insecure -- fakemaster
	[ "$status" -eq 2 ]
	job 2 fakeworker -b 'tcp://*:*' --insecure -a 127.0.0.1 -- fakemaster
	[ "$status" -eq 0 ]
	ends 0 done
	nothing_left
}

# --- output that cannot be written

@test "a run file that cannot be made" {
	job 2 fakeworker -o /nonexistent/x -- fakemaster
	fails "/nonexistent/x: No such file or directory"
	mkdir dir
	job 2 fakeworker -o dir -- fakemaster
	fails "dir: Is a directory"
	[ "$took" -le 10 ]
}

@test "a run file on a full device" {
	job 2 fakeworker -o /dev/full -- fakemaster
	fails "/dev/full: No space left on device"
}

@test "standard output on a full device" {
	out=/dev/full
	job 2 fakeworker -o run.svf -- fakemaster
	out=run.svf
	fails "standard output: No space left on device"
}

@test "the last frame cannot be written" {
	job 2 fakeworker -o run.svf -- fakemaster
	[ "$status" -eq 0 ]
	size=$(stat -c %s run.svf)
	# Numbers in the texts vary a little in length, by less than this.
	trap '' XFSZ
	prlimit --fsize=100000 true || skip "prlimit is not installed"
	limited() {
		timeout 20 prlimit --fsize=$((size - 64)) sv-hub "$@" 2>hub.err ||
		    echo $? >hub.status
	}
	$gen | timeout 20 sv-spawn -w 2 -x fakeworker 2>spawn.err |
	    limited -o run.svf -- fakemaster | cat >pipe.svf
	status=$(cat hub.status)
	show
	[ "$status" -eq 1 ]
	[ "$(cat hub.err)" = "sv-hub: run.svf: File too large" ]
	ends '[01]' '' pipe.svf
	nothing_left
}

@test "standard output or input is closed" {
	$gen >problem
	for tool in 'sv-hub -- fakemaster' 'sv-spawn -w 2 -x fakeworker'; do
		status=0
		timeout 10 $tool <problem >&- 2>err || status=$?
		[ "$status" -eq 1 ]
		[ "$(wc -l <err)" -eq 1 ]
		grep -q "standard input or output: Bad file" err
		status=0
		timeout 10 $tool <&- >out.svf 2>err || status=$?
		[ "$status" -eq 1 ]
		[ "$(wc -l <err)" -eq 1 ]
	done
	nothing_left
}

@test "a path that is not UTF-8 does not cost the run its end" {
	link=$(printf 'x\377y')
	ln -s /dev/full "$link" || skip "the file system does not take it"
	job 2 fakeworker -o "$link" -- fakemaster
	[ "$status" -eq 1 ]
	ends 1 'x.y: No space left'
	nothing_left
}

@test "nobody reads what the hub writes" {
	began=$SECONDS
	$gen | timeout 20 sv-spawn -w 2 -x fakeworker 2>spawn.err | {
		status=0
		timeout 20 sv-hub -o run.svf -- fakemaster -n 10000 -p 10 \
		    2>hub.err || status=$?
		echo "$status" >hub.status
	} | head -c 100 >/dev/null
	status=$(cat hub.status)
	out=run.svf
	show
	fails "standard output: (nobody reads it any more|Broken pipe)"
	[ $((SECONDS - began)) -le 15 ]
}

# --- the master

@test "a master that exits at once" {
	job 2 fakeworker -- true
	fails "the master ended without a model"
	[ "$(frames '^spawn')" -eq 0 ]
	job 2 fakeworker -- false
	fails "the master ended with status 1"
	job 2 fakeworker -- fakemaster -b quit -e 3
	fails "the master ended with status 3"
	[ "$took" -le 10 ]
}

@test "a master that cannot be executed" {
	job 2 fakeworker -- /nonexistent/master
	fails "cannot run the master /nonexistent/master: No such file"
	ends 1 "cannot run the master /nonexistent/master: No such file"
	job 2 fakeworker -- /etc/passwd
	fails "cannot run the master /etc/passwd: Permission denied"
	[ "$(frames '^spawn')" -eq 0 ]
}

@test "a master that never answers" {
	for r in 0 1 3; do
		job 2 fakeworker --master-timeout 1 -- fakemaster -b mute -r $r
		fails "the master has not answered for 1 s"
		[ "$took" -le 12 ]
	done
}

@test "a master that never answers, nor ends when it is told to" {
	job 2 fakeworker --master-timeout 0.5 -- fakemaster -b stubborn -r 2
	fails "the master has not answered for 0.5 s"
	[ "$took" -le 12 ]
}

@test "a master that is killed" {
	job 2 fakeworker -- fakemaster -b die -r 3
	fails "the master was killed by signal 9"
	[ "$(frames '^timing')" -ge 1 ]
}

@test "a master that fails in mid-run" {
	job 2 fakeworker -- fakemaster -b quit -r 3 -e 7
	fails "the master ended with status 7"
}

@test "a master that closes its output and lives on" {
	job 2 fakeworker -- fakemaster -b close -r 3
	fails "the master closed its output but does not end"
	[ "$took" -le 15 ]
}

@test "a master that leaves somebody holding its output" {
	job 2 fakeworker --master-timeout 1 -- fakemaster -b detach -r 3
	fails "the master has not answered for 1 s"
	[ "$took" -le 12 ]
}

@test "a master whose globals do not fit" {
	job 2 fakeworker -- fakemaster -b long -r 2
	fails "the master sent a global of 12 elements; the problem has d = 10"
	job 2 fakeworker -- fakemaster -b single
	fails "the master sent a global of another type than f64"
	job 2 fakeworker -- fakemaster -b term -r 2
	fails "the master sent a global with the operation term"
	job 2 fakeworker -- fakemaster -b twice -r 2
	fails "the master sent a global before the last one was answered"
}

@test "a master that does not write frames" {
	job 2 fakeworker -- fakemaster -b garbage
	fails "the master's output: frame at byte 0: not a frame"
	job 2 fakeworker -- fakemaster -b cut -r 2
	fails "the master's output: frame at byte [0-9]*: the stream ends"
	job 2 fakeworker -- cat /etc/passwd
	fails "the master's output: frame at byte 0: not a frame"
}

# --- workers

@test "a worker command that fails at once" {
	job 2 'exit 7' -- fakemaster
	fails "shard [01]: lost its worker 4 times, the last one ended with status 7 before its hello"
	[ "$took" -le 10 ]
	[ "$(frames '^event.*"lost"')" -ge 4 ]
}

@test "a worker command that cannot be run" {
	job 2 /nonexistent/worker -- fakemaster
	fails "shard [01]: the worker's command cannot be run .status 127.: see sv-spawn -x"
	[ "$(frames '^event.*"lost"')" -eq 0 ]
}

@test "a worker's command line that makes no sense" {
	job 2 'sv-worker --time-limit x' -- fakemaster
	fails "shard [01]: the worker's command line makes no sense .status 2.: see sv-spawn -x"
	[ "$(frames '^event.*"lost"')" -eq 0 ]
}

@test "a time limit that is too short to load: said once, by the hub" {
	gen="sv-gen -n 20000000 -d 1000 -p 0.01"
	job 1 'sv-worker --time-limit 1' --shard-losses 0 -- fakemaster
	fails "its time is up before its first update: is its time limit too short"
	[ ! -s spawn.err ]
}

@test "addresses that are none" {
	for b in 127.0.0.1 tcp://127.0.0.1 inproc://x ipc://; do
		job 2 fakeworker -b "$b" -- fakemaster
		fails "-b $b: expected tcp:..HOST:PORT .PORT may be .. or ipc:..PATH"
	done
}

@test "workers that never say hello" {
	job 2 'fakeworker -b sleep -g 0' --start-timeout 0.3 --shard-losses 1 \
	    -- fakemaster
	fails "shard [01]: lost its worker 2 times, the last one no hello within 0.3 s"
	[ "$took" -le 15 ]
}

@test "a worker that never answers" {
	job 2 'fakeworker -b mute -g 0 -s 1' --round-timeout 0.3 \
	    --shard-losses 2 -- fakemaster
	fails "shard 1: lost its worker 3 times, the last one no update within 0.3 s"
	[ "$(frames '^event.*no update within')" -eq 3 ]
	# They were told that they are not needed any more.
	[ "$(grep -c 'fakeworker: refused: .*no update within' spawn.err)" -ge 2 ]
	[ "$took" -le 15 ]
}

@test "the limits of a shard and of the job" {
	job 4 'fakeworker -b leave -e 5 -g 0 -s 2' --shard-losses 0 -- fakemaster
	fails "shard 2: lost its worker 1 time, the last one ended with status 5"
	job 4 'fakeworker -b leave -e 5 -g 0' --shard-losses 100 --job-losses 5 \
	    -- fakemaster
	fails "6 workers were lost, the last one, of shard [0-3], ended with status 5"
	[ "$(frames '^event.*lost')" -eq 6 ]
}

@test "two hubs and one run file: the second one leaves it alone" {
	start_job 2 fakeworker -o run.svf -- fakemaster -n 200 -p 20
	within 10 running fakeworker
	mkdir second
	cd second
	job 2 fakeworker -o ../run.svf -- fakemaster
	[ "$status" -eq 1 ]
	grep -Eqx 'sv-hub: \.\./run\.svf: another run is being written there, by process [0-9]+' \
	    hub.err
	cd ..
	[ ! -e run.svf~ ]
	finish
	[ "$status" -eq 0 ]
	ends 0 done run.svf
	nothing_left
}
