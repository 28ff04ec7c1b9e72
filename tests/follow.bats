bats_require_minimum_version 1.5.0

# sv-stats --follow: on runs that mkrun makes and replay.py writes bit by bit,
# in pipes, files and a terminal (tmux), and on real jobs.

setup() {
	load jobs.bash
	load functions.bash
	jobs_setup
	mkrun=$SV_BUILDDIR/tests/mkrun
	export TMUX_TMPDIR=$BATS_TEST_TMPDIR
	unset TMUX
}

teardown() {
	tmux -L sv kill-server 2>/dev/null || true
	jobs_teardown
}

replay() {
	/usr/bin/python3 "$SV_SRCDIR/tests/replay.py" "$@"
}

# plain FILE: what was said there are lines, without escape sequences.
plain() {
	[ "$(tr -d '\n -~' <"$1" | wc -c)" -eq 0 ] || return 1
	[ "$(grep -cv '^sv-stats: ' "$1")" -eq 0 ]
}

# terminal COLUMNS ROWS [NAME=VALUE...]: one with a shell in it.
terminal() {
	local size="-x $1 -y $2"
	shift 2
	command -v tmux >/dev/null || skip "there is no tmux"
	# shellcheck disable=SC2086
	env LC_ALL=C.UTF-8 "$@" tmux -L sv -f /dev/null new-session -d $size \
	    "PS1='% ' sh"
	within 10 shows '^%'
}

enter() {
	tmux -L sv send-keys "$@" Enter
}

screen() {
	tmux -L sv capture-pane -p "$@"
}

# shows RE: is there such a line in the terminal?
shows() {
	screen | grep -Eq "$1"
}

@test "in a pipe: some lines, and the tables as without it" {
	"$mkrun" -r 30 --grad >run.svf
	sv-stats run.svf | sed 1,3d >wanted
	replay run.svf --factor 0.5 --hold 12 --hold 16 |
	    sv-stats --follow >tables 2>err 3>&- &
	within 20 grep -q 'round 12 (step); workers: 2 waiting; measure 2.44e-04, to be 1.00e-06; estimate: model in ' err
	# A tenth of the way is worth another line.
	: >go.12
	within 20 grep -q 'round 16 (step); .*; measure 1.53e-05, to be 1.00e-06; estimate: model in ' err
	: >go.16
	wait $!
	cat err
	sed 1,3d tables | cmp - wanted
	plain err
	tail -n 1 err | grep -q '^sv-stats: .* s: ended after 30 rounds: converged'
	# Far fewer than there are rounds, even where all takes its time.
	[ "$(wc -l <err)" -le 10 ]
}

@test "a run that is over at once is hardly worth a line, and none with -q" {
	"$mkrun" -r 300 --grad >run.svf
	run --separate-stderr sv-stats --follow run.svf
	[ "$status" -eq 0 ]
	# It may be caught in the middle.
	[ "${#stderr_lines[@]}" -le 4 ]
	[[ "$stderr" == *" s: ended after 300 rounds: converged" ]]
	[[ "$output" == Summary* ]]
	run --separate-stderr sv-stats --follow -q run.svf
	[ -z "$stderr" ]
}

@test "formats and files as without it" {
	"$mkrun" >run.svf
	sv-stats -f json run.svf >wanted
	sv-stats --follow -f json -o out.json run.svf 2>err
	cmp out.json wanted
	"$mkrun" --status 3 >limit.svf
	run sv-stats --follow -q limit.svf
	[ "$status" -eq 3 ]
}

@test "a file that grows is read until the run's end" {
	"$mkrun" -r 9 >whole.svf
	size=$(wc -c <whole.svf)
	head -c 1000 whole.svf >run.svf
	sv-stats --follow run.svf >tables 2>err 3>&- &
	pid=$!
	at=1000
	# Frames are cut where it may be.
	for n in 37 1211 333 2000; do
		sleep 0.15
		kill -0 "$pid"
		tail -c +$((at + 1)) whole.svf | head -c "$n" >>run.svf
		at=$((at + n))
	done
	[ "$at" -lt "$size" ]
	tail -c +$((at + 1)) whole.svf >>run.svf
	wait "$pid"
	sv-stats run.svf | cmp - tables
	plain err
}

@test "a file may come later, but not never" {
	"$mkrun" >whole.svf
	sv-stats --follow run.svf >tables 2>err 3>&- &
	within 10 grep -q '^sv-stats: waiting for run.svf$' err
	cp whole.svf coming
	mv coming run.svf
	wait $!
	grep -q converged tables
	run --separate-stderr sv-stats --follow --wait 0.2 nowhere
	[ "$status" -eq 1 ]
	[ "$stderr" = "sv-stats: nowhere: No such file or directory" ]
	run --separate-stderr sv-stats --follow --wait 0.2 nowhere/nothing
	[ "$status" -eq 1 ]
	# What is wrong for good is not waited for.
	: >file
	run --separate-stderr timeout 10 sv-stats --follow file/nothing
	[ "$status" -eq 1 ]
	[ "$stderr" = "sv-stats: file/nothing: Not a directory" ]
}

@test "a pipe with a name is waited for" {
	"$mkrun" >run.svf
	mkfifo pipe
	sv-stats --follow pipe >tables 2>err 3>&- &
	pid=$!
	sleep 0.5
	kill -0 "$pid"
	cat run.svf >pipe
	wait "$pid"
	grep -q converged tables
}

@test "a file that nobody writes any more is given up" {
	"$mkrun" -r 4 --no-end >run.svf
	run --separate-stderr sv-stats -q --follow --wait 0.3 run.svf
	[ "$status" -eq 1 ]
	[ "${stderr_lines[0]}" = "sv-stats: run.svf: has not grown for 300 ms: nobody writes it any more" ]
	[ "${stderr_lines[1]}" = "sv-stats: run.svf: the run has no end" ]
	[[ "$output" == *"unfinished after 4 rounds"* ]]
	head -c 3000 run.svf >cut.svf
	run --separate-stderr sv-stats -q --follow --wait 0.3 cut.svf
	[ "$status" -eq 1 ]
	[[ "${stderr_lines[1]}" == "sv-stats: cut.svf: frame at byte "*": the stream ends in the middle of it" ]]
	[[ "$output" == *unfinished* ]]
	# It is another one now.
	cp run.svf other.svf
	sv-stats --follow other.svf >out 2>err 3>&- &
	# It has been read to its end, where nothing more is said.
	within 20 grep -q 'model written' err
	head -c 500 run.svf >other.svf
	status=0
	wait $! || status=$?
	[ "$status" -eq 1 ]
	grep -q '^sv-stats: other.svf: the file was cut while it was read$' err
}

@test "a stream that is damaged, or has no end, is shown up to there" {
	"$mkrun" -r 4 >whole.svf
	size=$(wc -c <whole.svf)
	for at in $((size - 700)) 3000; do
		(head -c "$at" whole.svf; printf x; tail -c +$((at + 2)) whole.svf) \
		    >run.svf
		run --separate-stderr bash -c 'cat run.svf | sv-stats --follow'
		[ "$status" -eq 1 ]
		echo "$output" >out
		echo "$stderr" >err
		grep -Eq '^sv-stats: standard input: frame at byte [0-9]+: ' err
		grep -q 'unfinished after' out
		plain err
	done
	"$mkrun" --no-end >run.svf
	run --separate-stderr bash -c 'cat run.svf | sv-stats -q --follow'
	[ "$status" -eq 1 ]
	[ "$stderr" = "sv-stats: standard input: the run has no end" ]
	run --separate-stderr sv-stats --follow </dev/null
	[ "$status" -eq 1 ]
	[ "$stderr" = "sv-stats: standard input: empty, not a run" ]
	# A file that has no name here is waited for no more than a pipe.
	for cut in 3000 "$(wc -c <run.svf)"; do
		head -c "$cut" run.svf >cut.svf
		run --separate-stderr timeout 60 sv-stats -q --follow <cut.svf
		[ "$status" -eq 1 ]
		[[ "$output" == *unfinished* ]]
		[[ "$stderr" == "sv-stats: standard input: "* ]]
	done
}

@test "records that are missing do not matter" {
	"$mkrun" -r 40 >run.svf
	replay run.svf --drop 5-14 --factor 0.9 >less.svf
	run --separate-stderr sv-stats --follow less.svf
	[ "$status" -eq 0 ]
	[[ "$stderr" == *"the records of 10 rounds are missing from the stream" ]]
}

@test "SIGINT is the other stages' to answer; the second one ends it" {
	"$mkrun" -r 9 >run.svf
	mkfifo pipe
	for signal in INT TERM HUP; do
		rm -f go.5 err
		replay run.svf --hold 5 >pipe 3>&- &
		sv-stats --follow <pipe >tables 2>err 3>&- &
		pid=$!
		within 10 grep -qs 'round' err
		kill -s "$signal" "$pid"
		sleep 0.3
		kill -0 "$pid"
		: >go.5
		wait "$pid"
		grep -q 'converged after 9 rounds' tables
	done
	rm go.5 err
	replay run.svf --hold 5 >pipe 2>/dev/null 3>&- &
	writer=$!
	sv-stats --follow <pipe >tables 2>err 3>&- &
	pid=$!
	within 10 grep -qs 'round' err
	for _ in 1 2; do
		kill -s TERM "$pid"
		sleep 0.3
	done
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq 1 ]
	# Those that had come by then.
	grep -Eq 'unfinished after [1-5] rounds?' tables
	: >go.5
	wait "$writer" || true
}

@test "SIGINT ends the reading of a file" {
	"$mkrun" -r 4 --no-model --no-end >run.svf
	sv-stats --follow run.svf >tables 2>err 3>&- &
	pid=$!
	within 10 grep -qs 'round' err
	kill -s TERM "$pid"
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq 1 ]
	grep -q 'unfinished after 4 rounds' tables
	tail -n 1 err | grep -qx 'sv-stats: run.svf: the run has no end'
}

@test "a terminal that is stopped, or has gone, holds up nothing" {
	"$mkrun" -w 8 -r 2000 >run.svf
	cat >terminal.py <<-'END'
	import os, pty, subprocess, sys, termios
	master, slave = pty.openpty()
	if sys.argv[1] == "stopped":
	    termios.tcflow(slave, termios.TCOOFF)
	p = subprocess.Popen(["sv-stats", "--follow", "-o", "tables"],
	    stdin=subprocess.PIPE, stderr=slave,
	    env=dict(os.environ, TERM="xterm"))
	data = open("run.svf", "rb").read()
	p.stdin.write(data[:100000])
	p.stdin.flush()
	if sys.argv[1] == "gone":
	    os.close(slave)
	    os.close(master)
	p.stdin.write(data[100000:])
	p.stdin.close()
	sys.exit(p.wait())
	END
	for what in stopped gone; do
		rm -f tables
		timeout 60 /usr/bin/python3 terminal.py "$what"
		grep -q 'converged after 2000 rounds' tables
	done
}

@test "a terminal that is stopped for a moment gets all of its rows back" {
	"$mkrun" -r 9 >run.svf
	cat >terminal.py <<-'END'
	import os, pty, subprocess, sys, termios, time
	master, slave = pty.openpty()
	p = subprocess.Popen(["sv-stats", "--follow", "-o", "tables"],
	    stdin=subprocess.PIPE, stderr=slave,
	    env=dict(os.environ, TERM="xterm"))
	data = open("run.svf", "rb").read()
	p.stdin.write(data[:-1])
	p.stdin.flush()
	said = b""
	while b"workers are ending" not in said:
	    said += os.read(master, 1000)
	termios.tcflow(slave, termios.TCOOFF)
	p.stdin.write(data[-1:])
	p.stdin.close()
	time.sleep(0.3)
	termios.tcflow(slave, termios.TCOON)
	status = p.wait()
	os.close(slave)
	try:
	    while True:
	        said += os.read(master, 1000)
	except OSError:
	    pass
	# All rows scroll, and nothing is set after it that would not be reset.
	sys.exit(status or said.rfind(b"\033[r\033[") < said.rfind(b";1H\033["))
	END
	timeout 60 /usr/bin/python3 terminal.py
	grep -q 'converged after 9 rounds' tables
}

@test "a terminal shows a view at its bottom, and keeps it" {
	"$mkrun" -w 40 -r 30 --grad --lose 7:3 >run.svf
	terminal 80 24
	enter "clear; /usr/bin/python3 $SV_SRCDIR/tests/replay.py run.svf --factor 0.7 --hold 20 --hold 25 | sv-stats --follow | head -n 2"
	within 20 shows '^[0-9.]+ s  round 20 \(step\)$'
	screen | tee view
	[ "$(wc -l <view)" -eq 24 ]
	tail -n 9 view | head -n 1 | grep -q 'round 20'
	LC_ALL=C.UTF-8 grep -Eqx 'measure      [▁▂▃▄▅▆▇█]{20} +7.98e-04 \(to be 1.00e-06\)' view
	LC_ALL=C.UTF-8 grep -Eqx 'primal       [▁▂▃▄▅▆▇█]{20} +5.00e-02' view
	grep -qx 'objective    ~100; round 19: 100.052632' view
	grep -qx 'workers      40 waiting; lost 1, replaced 1' view
	grep -Eq '^a round      .* a second; a worker computes .* is idle' view
	grep -Eq '^stragglers   shard 39 \+200 ms in 20 of 20, 38 ' view
	grep -Eqx 'estimate     model in [^,]*, 19 rounds' view
	# What others say stands above it, and it stays where it is.
	tmux -L sv run-shell "seq 1 40 >$(tmux -L sv display-message -p '#{pane_tty}')"
	: >go.20
	within 20 shows '^[0-9.]+ s  round 25'
	screen | tee view
	tail -n 9 view | head -n 1 | grep -q 'round 25'
	[ "$(tail -n 10 view | head -n 1)" = "" ]
	grep -qx 40 view
	: >go.25
	within 20 shows '^  status '
	screen | tee view
	grep -qx '[0-9 mins.]*  ended after 30 rounds: converged' view
	[ "$(tail -n 1 view)" = "%" ]
	[ "$(tail -n 2 view | head -n 1 | cut -c 1-10)" = "  status  " ]
	# All rows scroll again.
	enter "seq 1 50"
	within 10 shows '^50$'
	not shows 'round'
}

@test "a terminal may change its size" {
	"$mkrun" -w 40 -r 30 --grad >run.svf
	terminal 100 30
	enter "clear; /usr/bin/python3 $SV_SRCDIR/tests/replay.py run.svf --factor 0.7 --hold 20 --hold 22 --hold 25 | sv-stats --follow -o tables"
	within 20 shows 'round 20'
	tmux -L sv resize-window -x 40 -y 12
	: >go.20
	within 20 shows 'round 22'
	within 5 shows '^estimate     model in'
	screen | tee view
	[ "$(wc -l <view)" -eq 12 ]
	# One view, and no line that goes on in the next.
	[ "$(grep -c ' s  round 2' view)" -eq 1 ]
	[ "$(grep -c '^workers' view)" -eq 1 ]
	# What was cut is told from what is whole.
	[[ "$(grep '^a round ' view)" == *" …" ]]
	[ "$(tail -n 9 view | grep -Ec '^([0-9]|measure|primal|dual|objective|workers|a round|stragglers|estimate)')" -eq 9 ]
	tmux -L sv resize-window -x 120 -y 40
	: >go.22
	within 20 shows 'round 25'
	screen | tee view
	[ "$(grep -c '^workers' view)" -eq 1 ]
	tail -n 9 view | head -n 1 | grep -q 'round 25'
	# Hardly any room at all.
	tmux -L sv resize-window -x 20 -y 4
	: >go.25
	within 20 test -s tables
	within 10 shows '^%'
	grep -q converged tables
}

@test "Ctrl-Z gives the terminal back, and fg shows the view again" {
	"$mkrun" -r 30 >run.svf
	terminal 80 24
	enter "PS1='%' bash --norc"
	within 10 shows '^%%?$'
	enter "PS1='% '; clear; /usr/bin/python3 $SV_SRCDIR/tests/replay.py run.svf --hold 20 --hold 25 | sv-stats --follow | head -n 2"
	within 20 shows 'round 20'
	tmux -L sv send-keys C-z
	within 10 shows 'Stopped'
	enter "seq 1 50"
	within 10 shows '^50$'
	not shows 'round 20'
	enter "fg"
	within 10 shows 'round 20'
	: >go.20
	within 20 shows 'round 25'
	screen | tee view
	[ "$(grep -c '^workers' view)" -eq 1 ]
	: >go.25
	within 20 shows '^  status'
}

said_twice() {
	[ "$(screen | grep -c '^sv-stats: .* s: ended after 9 rounds')" -eq 2 ]
}

@test "a terminal that can do nothing gets lines; no colours, no blocks" {
	"$mkrun" -r 9 --lose 1:3 >run.svf
	terminal 80 24 TERM=dumb
	enter "TERM=dumb sv-stats --follow run.svf -o tables 2>&1 | cat -v; TERM=dumb sv-stats --follow run.svf -o tables"
	within 10 said_twice
	enter "clear; NO_COLOR=1 LC_ALL=C sv-stats --follow run.svf -o tables"
	# Steps of ASCII, and neither bold nor red.
	within 10 shows '^[0-9].* s  ended after 9 rounds'
	screen -e | tee view
	grep -q '^primal       #' view
	not grep -q "$(printf '\033')" view
	enter "clear; sv-stats --follow run.svf -o tables"
	within 10 shows 'primal       █'
	screen -e | grep -q "$(printf '\033')\\[.*workers.*lost 1"
}

@test "a job of processes: --follow at the end of its pipeline" {
	sv-gen -n 2000 -d 50 -p 0.2 -s 1 | sv-spawn -w 2 -x sv-worker |
	    sv-hub -q -o run.svf -- sv-admm --l1 1 | sv-stats --follow >out 2>err
	cat err
	grep -q converged out
	plain err
	tail -n 1 err | grep -Eq 'ended after [0-9]+ rounds: done'
	not grep -q '\$' err
	# The master names what it looks at, and a file is as good.
	sv-stats --follow run.svf >again 2>err
	sed 1,2d out >a
	sed 1,2d again >b
	cmp a b
	sv-cat -t trace run.svf | jq -e '.scalars | select(.optimality != null) |
	    .measure == .optimality and .target > 0' >/dev/null
	nothing_left
}

@test "a job of functions: what it has cost" {
	function_zip
	sv-gen -n 20000 -d 100 -p 0.2 -s 1 >problem
	cloud 'sv-spawn -w 2 -l sv <problem |
	    sv-hub -q -o run.svf -- sv-admm --l1 1 |
	    sv-stats --follow -f json' -F "sv=$zip,memory=512,timeout=60"
	[ "$status" -eq 0 ]
	line=$(grep '^sv-stats: .*ended after' err)
	# Not less than the bill, and no more than it once it is all known.
	said=${line##*\$}
	bill=$(jq .dollars out)
	echo "$line, $bill"
	awk -v a="$said" -v b="$bill" 'BEGIN { exit !(a > 0.99 * b &&
	    a < 1.01 * b) }'
	nothing_left
}

@test "1,000 workers, 500 rounds: no slower for being looked at" {
	[ -z "$SV_SANITIZED" ] || skip "sanitizers take their own time"
	"$mkrun" -w 1000 -r 500 >run.svf
	(ulimit -t 3
	sv-stats --follow -f json run.svf >out 2>err)
	[ "$(jq .rounds out)" -eq 500 ]
	plain err
}

@test "what goes with --follow, and what does not" {
	"$mkrun" >run.svf
	for bad in '--follow run.svf run.svf' '--wait 3 run.svf' '--wait 3' \
	    '--follow run.svf --against run.svf' '--follow --wait 0 run.svf' '--follow --wait x run.svf'; do
		# shellcheck disable=SC2086
		run --separate-stderr sv-stats $bad <run.svf
		[ "$status" -eq 2 ]
		[ -z "$output" ]
	done
}
