# Real jobs hit at random moments, a few of those that torture/kills.sh can make, and
# what a user's terminal does to one.

setup() {
	load jobs.bash
	load functions.bash
	jobs_setup
	problem="sv-gen -n 4000 -d 500 -p 0.02 -s 1"
	# It would go on for minutes.
	master="sv-admm -q --memory 0 --rho-fixed --alpha 1 --rho 3000 -e 1e-13
	    --max-rounds 1000000"
}

teardown() {
	jobs_teardown
}

# kills N OPTION...: so many kills, each of which goes well.
kills() {
	local n=$1
	shift
	run timeout 150 bash "$SV_SRCDIR/tests/torture/kills.sh" -f -n "$n" "$@"
	echo "$output"
	[ "$status" -eq 0 ] || return 1
	[[ $output == *"$n kills, "*"$n good, 0 bad" ]] || return 1
	nothing_left
}

@test "each stage killed once: processes" {
	kills 5 -s 1 -m exec -k KILL -v 'spawn hub master stats worker'
}

@test "each stage killed once: functions that nobody waits for" {
	kills 2 -s 1 -m async -k KILL -v 'spawn hub'
}

@test "interrupted: functions, beside the pipeline and around it" {
	kills 2 -s 1 -m 'sync lambda' -k INT -v group
}

@test "a terminal that is closed ends a job in good order" {
	python3 "$SV_SRCDIR/tests/terminal.py" close run.svf "$problem |
	    sv-spawn -w 4 -x sv-worker | sv-hub -o run.svf -- ${master//$'\n'/ } |
	    sv-stats --follow"
	nothing_left
	ends 1 "interrupted by signal 1" run.svf
}

@test "and one with functions around it" {
	function_zip
	python3 "$SV_SRCDIR/tests/terminal.py" close run.svf "sv-lambda -q --log log \
	    -b 127.0.0.1:0 -F 'sv=$zip,memory=512' -- sh -c '$problem |
	    sv-spawn -w 4 -l sv | sv-hub -o run.svf -- ${master//$'\n'/ } |
	    sv-stats --follow'"
	nothing_left
	ends 1 "interrupted by signal 1" run.svf
	[ -z "$(find "$TMPDIR" -maxdepth 1 -name 'sv-*')" ]
}

@test "Ctrl-C on a terminal" {
	function_zip
	python3 "$SV_SRCDIR/tests/terminal.py" ctrl-c run.svf "sv-lambda -q --log log \
	    -b 127.0.0.1:0 -F 'sv=$zip,memory=512' -- sh -c '$problem |
	    sv-spawn -w 4 -l sv | sv-hub -o run.svf -- ${master//$'\n'/ } |
	    sv-stats --follow'"
	nothing_left
	[ -f back ]
	ends 1 "interrupted by signal 2" run.svf
}

@test "with nohup a closed terminal changes nothing" {
	python3 "$SV_SRCDIR/tests/terminal.py" close run.svf "nohup sh -c '$problem |
	    sv-spawn -w 2 -x sv-worker | sv-hub -o run.svf -- ${master//$'\n'/ }' \
	    >out.svf 2>err"
	size=$(stat -c %s run.svf)
	grown() {
		[ "$(stat -c %s run.svf)" -gt $((size + 20000)) ]
	}
	within 10 grown
	kill -TERM "$(pids_of hub)"
	nothing_left
	ends 1 "interrupted by signal 15" run.svf
}
