# Who comes to the hub's port and does not belong there.

setup() {
	load jobs.bash
	jobs_setup
	limit=40
	gen="sv-gen -n 4000 -d 60 -p 0.2 -s 3"
	fit="sv-admm -q --l1 0.5 -e 1e-13 --rho-fixed --rho 3000"
	pace="$fit | python3 $SV_SRCDIR/tests/pace.py 0.02"
}

teardown() {
	jobs_teardown
}

# A port that is free now.
free_port() {
	python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

@test "hundreds of connections that say nothing: nobody is heard for a while" {
	# shellcheck disable=SC2086
	job 3 sv-worker -o quiet.svf -- $fit
	start_job 3 sv-worker -o many.svf -v --encrypt -- \
	    sh -c "$pace"
	within 10 grep -q "3 of 3" hub.err
	port=$(sed -n 's/.*workers connect to tcp:.*:\([0-9]*\),.*/\1/p' hub.err)
	python3 - "$port" <<-'PY'
	import socket
	import sys
	for i in range(400):
	    s = socket.socket()
	    s.settimeout(0.2)
	    try:
	        s.connect(("127.0.0.1", int(sys.argv[1])))
	    except OSError:
	        sys.exit(0)
	    s.close()
	sys.exit("all 400 were let in")
	PY
	finish
	[ "$status" -eq 0 ]
	[ "$(grep -c 'letting nobody in for 1 s' hub.err)" -eq 1 ]
	grep -Eq 'dropped: 1[0-9]{2} connections that said nothing of use' hub.err
	[ "$(events cut many.svf)" -eq 0 ]
	same_globals quiet.svf many.svf
	nothing_left
}

# A worker of a hub that was killed comes back to a port that is another's.
ghost() {
	# shellcheck disable=SC2086
	job 3 sv-worker -o quiet.svf -- $fit
	port=$(free_port)
	mkdir first
	(
		cd first || exit
		job 3 "setsid -w sv-worker" -q -b "tcp://127.0.0.1:$port" $1 -- \
		    sh -c "$pace" >job.out 2>&1 3>&-
	) &
	within 10 running worker
	sleep 0.5
	# The hub first, and whoever would end the worker.
	# shellcheck disable=SC2046
	kill -KILL $(pids_of hub) $(pids_of spawn)
	# shellcheck disable=SC2086
	job 3 sv-worker -v -b "tcp://127.0.0.1:$port" -o second.svf $1 -- \
	    sh -c "$pace"
	[ "$status" -eq 0 ]
	same_globals quiet.svf second.svf
	nothing_left
}

@test "a ghost of an earlier job on the same port is sent away" {
	ghost ""
	[ "$(events refused second.svf)" -ge 1 ]
	grep -q 'refused: it is of another job' hub.err
}

@test "a ghost of an earlier job that was encrypted does not even get in" {
	ghost --encrypt
	[ "$(events refused second.svf)" -eq 0 ]
	grep -Eq 'dropped: [0-9]+ connections that said nothing of use' hub.err
}
