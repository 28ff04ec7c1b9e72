# Workers that live for a time: who takes over from whom, and what is kept.

setup() {
	load jobs.bash
	jobs_setup
	limit=40
	gen="sv-gen -n 4000 -d 60 -p 0.2 -s 3"
	fit="sv-admm -q --l1 0.5 -e 1e-13 --rho-fixed --rho 3000"
	pace="$fit | python3 $SV_SRCDIR/tests/pace.py 0.03"
}

teardown() {
	jobs_teardown
}

# fitted W COMMAND HUB-ARGUMENT...: a job of about six seconds.
fitted() {
	job "$@" -- sh -c "$pace"
	[ "$status" -eq 0 ]
}

# The same without haste: what it should come to.
quiet() {
	# shellcheck disable=SC2086
	job 3 sv-worker -o quiet.svf -- $fit
	[ "$status" -eq 0 ]
}

@test "workers that live for four seconds: the same bits, no round lost" {
	quiet
	fitted 3 "sv-worker --time-limit 4" -o short.svf
	[ "$(events handover short.svf)" -ge 3 ]
	[ "$(events lost short.svf)" -eq 0 ]
	[ "$(events left short.svf)" -eq 0 ]
	same_globals quiet.svf short.svf
	# Encrypted, and with states that are kept as well.
	fitted 3 "sv-worker --time-limit 4" -o keep.svf --encrypt --save-state 7
	[ "$(events handover keep.svf)" -ge 3 ]
	[ "$(events saved keep.svf)" -ge 10 ]
	[ "$(events lost keep.svf)" -eq 0 ]
	same_globals quiet.svf keep.svf
	nothing_left
}

@test "a worker that is lost, its state kept every ten rounds: the same bits" {
	quiet
	start_job 3 sv-worker -o lost.svf --save-state 10 -- sh -c "$pace"
	within 10 grep -aq '"event":"saved"' lost.svf
	for _ in 1 2 3; do
		sleep 0.8
		# shellcheck disable=SC2046
		kill -KILL $(pids_of worker | head -n 1)
	done
	finish
	[ "$status" -eq 0 ]
	[ "$(events lost lost.svf)" -eq 3 ]
	[ "$(events taken lost.svf)" -eq 3 ]
	same_globals quiet.svf lost.svf
	nothing_left
}

@test "a worker that is lost, with nothing kept: another way, the same answer" {
	quiet
	start_job 3 sv-worker -o lost.svf -- sh -c "$pace"
	within 10 running worker
	sleep 0.8
	# shellcheck disable=SC2046
	kill -KILL $(pids_of worker | head -n 1)
	finish
	[ "$status" -eq 0 ]
	[ "$(events lost lost.svf)" -eq 1 ]
	[ "$(events taken lost.svf)" -eq 0 ]
	for run in quiet lost; do
		sv-cat -t model -f json $run.svf |
		    python3 -c 'import json, sys
print(json.loads(sys.stdin.readline())["text"]["objective"])' >$run.F
	done
	cat quiet.F lost.F
	python3 -c 'a, b = (float(open(f + ".F").read()) for f in ("quiet", "lost"))
assert abs(a - b) <= 1e-6 * abs(a), (a, b)'
	nothing_left
}

@test "successors that do not come, one in two: that is forgotten in between" {
	# shellcheck disable=SC2016
	printf '#!/bin/sh\n%s\n%s\n' \
	    'case $SV_SHARD$SV_GENERATION in 0[2468]) exit 1 ;; esac' \
	    'exec sv-worker --time-limit 1.5' >half.sh
	chmod +x half.sh
	pace="$fit | python3 $SV_SRCDIR/tests/pace.py 0.04"
	fitted 2 "$PWD/half.sh" -o half.svf
	# A shard may lose three in a row.
	[ "$(events lost half.svf)" -eq 4 ]
	[ "$(events handover half.svf)" -ge 8 ]
	nothing_left
}

@test "connections that are cut: workers come back and count once" {
	quiet
	# shellcheck disable=SC2016
	timeout -k 5 "$limit" sv-proxy -q -s 5 --cut 0.5 '127.0.0.1:*' \
	    '127.0.0.1:*' -- sh -c "$gen"' | sv-spawn -w 3 -x sv-worker |
	    sv-hub -b tcp://$SV_TARGET -a $SV_PROXY -o cut.svf -- sh -c "$0" \
	    >cut.out' "$pace" 2>hub.err
	[ "$(events cut cut.svf)" -ge 2 ]
	[ "$(events back cut.svf)" -ge 2 ]
	[ "$(events lost cut.svf)" -eq 0 ]
	same_globals quiet.svf cut.svf
	nothing_left
}

@test "cut connections, short lives and kept states together" {
	quiet
	# shellcheck disable=SC2016
	timeout -k 5 "$limit" sv-proxy -q -s 7 --cut 0.4 --split 5000 \
	    '127.0.0.1:*' '127.0.0.1:*' -- sh -c "$gen"' |
	    sv-spawn -w 3 -x "sv-worker --time-limit 4" |
	    sv-hub -b tcp://$SV_TARGET -a $SV_PROXY -o cut.svf --encrypt \
	    --save-state 5 -- sh -c "$0" >cut.out' "$pace" 2>hub.err
	[ "$(events cut cut.svf)" -ge 2 ]
	[ "$(events handover cut.svf)" -ge 2 ]
	same_globals quiet.svf cut.svf
	nothing_left
}
