# Workers that are asked for their state and do not give it as they should.

setup() {
	load jobs.bash
	jobs_setup
}

teardown() {
	jobs_teardown
}

# fake ROUNDS ARGUMENT... -- HUB-ARGUMENT...: so many rounds of 50 ms, all of
# which are made.
fake() {
	local rounds=$1 worker=
	shift
	while [ "$1" != -- ]; do
		worker="$worker $1"
		shift
	done
	shift
	job 3 "fakeworker $worker" -o run.svf "$@" -- fakemaster -n "$rounds" \
	    -p 50
	[ "$status" -eq 0 ]
	[ "$(sv-cat -t model run.svf | wc -l)" -eq 1 ]
	nothing_left
}

@test "states of no more than bytes are kept" {
	fake 20 -- --save-state 5
	[ "$(events saved run.svf)" -ge 3 ]
	[ "$(events lost run.svf)" -eq 0 ]
}

@test "a worker that gives no state, or half of one, goes on working" {
	for how in unsaved half; do
		fake 20 -b "$how" -s 1 -- --save-state 5
		[ "$(events saved run.svf)" -eq 0 ]
		[ "$(events lost run.svf)" -eq 0 ]
	done
}

@test "a worker that dies while it gives its state, or gives nonsense, is replaced" {
	for how in torn mixed; do
		fake 20 -b "$how" -s 1 -- --save-state 5
		[ "$(events lost run.svf)" -eq 1 ]
	done
	grep -q 'worker lost, its state made no sense' hub.err
}

@test "a successor of a worker that gives no state begins without" {
	fake 40 -t 3 -- --round-floor 5
	[ "$(events handover run.svf)" -ge 1 ]
	[ "$(events lost run.svf)" -eq 0 ]
	fake 70 -b half -s 1 -t 3 -- --round-floor 5
	[ "$(events lost run.svf)" -eq 1 ]
	sv-cat -t event run.svf | grep -q 'did not hand over its state within'
}
