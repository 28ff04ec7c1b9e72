# Keys of encrypted links: who gets them, where they are not, who is kept out.

bats_require_minimum_version 1.5.0

setup() {
	load jobs.bash
	load functions.bash
	jobs_setup
}

teardown() {
	jobs_teardown
}

# Where one of the secrets of in.* is.
secrets() {
	python3 "$SV_SRCDIR/tests/findkeys.py" in.* -- "$@"
}

# None is in any of these places.
nowhere() {
	local found
	found=$(secrets "$@") || return 1
	[ -z "$found" ]
}

# So many workers have come.
all_here() {
	[ "$(grep -cs 'is here' hub.err || true)" = "$1" ]
}

@test "a worker has keys of its own, and nothing shows them" {
	spawn_options=-v
	start_job 3 'tee in.$SV_SHARD | fakeworker' -v --encrypt -o run.svf \
	    -- fakemaster -n 1000 -p 20
	within 10 all_here 3
	[ "$(jq -r .keys.secret in.? | sort -u | wc -l)" -eq 3 ]
	[ "$(jq -r .keys.public in.? | sort -u | wc -l)" -eq 3 ]
	[ "$(jq -r .keys.hub in.? | sort -u | wc -l)" -eq 1 ]
	# The search finds what is there.
	[ "$(secrets in.1)" = in.1 ]
	nowhere processes
	kill "$(pids_of hub)"
	finish
	nothing_left
	[ -s run.svf ] && [ -s spawn.err ]
	grep -q encrypted hub.err
	nowhere run.svf out.svf gen.err spawn.err hub.err
}

@test "once a worker is started its keys are not in the memory of sv-spawn" {
	[ "$(id -u)" -eq 0 ] || skip "only root may read that"
	[ -z "$SV_SANITIZED" ] || skip "sanitizers have terabytes of it"
	start_job 3 'tee in.$SV_SHARD | fakeworker' -v --encrypt -- fakemaster \
	    -n 1000 -p 20
	within 10 all_here 3
	# The hub has to know them; so the search finds what is there.
	hub=$(pids_of hub)
	head -c 1 "/proc/$hub/mem" 2>/dev/null || true
	[ "$(secrets "$hub")" = "$hub" ]
	nowhere "$(pids_of spawn)"
	kill "$hub"
	finish
}

@test "nor of a call, once its worker has come" {
	[ "$(id -u)" -eq 0 ] || skip "only root may read that"
	[ -z "$SV_SANITIZED" ] || skip "sanitizers have terabytes of it"
	cat >server.py <<-'END'
	import http.server, os, subprocess, threading
	class Handler(http.server.BaseHTTPRequestHandler):
	    def do_POST(self):
	        body = self.rfile.read(int(self.headers["Content-Length"]))
	        with open("in.%d" % threading.get_ident(), "wb") as f:
	            f.write(body)
	        subprocess.run("fakeworker", input=body)
	        self.send_response(202)
	        self.end_headers()
	    def log_message(self, *args):
	        pass
	server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
	print(server.server_port, flush=True)
	server.serve_forever()
	END
	mkfifo port
	python3 server.py >port 2>log 3>&- &
	server=$!
	read -r port <port
	$gen >problem
	sv-spawn -w 2 -u "http://127.0.0.1:$port/" <problem 2>spawn.err |
	    sv-hub -v --encrypt -- fakemaster -n 1000 -p 20 >out.svf \
	    2>hub.err 3>&- &
	within 10 all_here 2
	spawn=$(pids_of spawn)
	[ -n "$spawn" ]
	within 5 nowhere "$spawn"
	kill "$(pids_of hub)"
	wait $! || true
	kill $server
	grep -q 'interrupted by signal' hub.err
	within 10 not running spawn
}

@test "who has not the right keys is kept out" {
	# Two jobs, of which the first one's workers go astray.
	start_job 2 'cat >>in.$SV_SHARD; fakeworker <in.$SV_SHARD' -v --encrypt \
	    -- fakemaster -n 1000 -p 20
	within 10 all_here 2
	mkdir other && $gen >problem
	sv-spawn -w 1 -x 'cat >other/in; exec fakeworker <other/in' <problem \
	    2>/dev/null | sv-hub -q --encrypt -- fakemaster -n 1000 -p 20 \
	    >other/out 2>other/err 3>&- &
	within 10 test -s other/in
	# A second instance, with the keys of the first.
	run --separate-stderr sv-worker <in.0
	[ "$status" -eq 0 ] && [ -z "$stderr" ]
	# Somebody else's key.
	jq -c --slurpfile o other/in '.keys.public = $o[0].keys.public |
	    .keys.secret = $o[0].keys.secret' in.0 >bad
	run --separate-stderr sv-worker <bad
	[ "$status" -eq 0 ]
	[ "$stderr" = "sv-worker: shard 0: the hub does not know its key, or no longer" ]
	# Another hub than the one that is meant.
	jq -c --slurpfile o other/in '.keys.hub = $o[0].keys.hub' in.0 >bad
	run --separate-stderr sv-worker --connect-timeout 0.5 <bad
	[ "$status" -eq 1 ]
	[[ "$stderr" = "sv-worker: shard 0: nobody at tcp://127.0.0.1:"*" has the key of this job" ]]
	# No keys at all.
	jq -c 'del(.keys)' in.0 >bad
	run --separate-stderr sv-worker --connect-timeout 0.5 <bad
	[ "$status" -eq 1 ]
	# Keys that are none: nothing of them is repeated.
	jq -c '.keys.secret = "abc" + .keys.secret[3:]' in.0 >bad
	run --separate-stderr sv-worker <bad
	[ "$status" -eq 1 ]
	[ "$stderr" = 'sv-worker: invocation: "keys" must be the hub'"'"'s key and a pair, as Z85' ]
	head -c -25 in.0 >bad
	run --separate-stderr sv-worker <bad
	[ "$status" -eq 1 ]
	[[ "$stderr" = "sv-worker: invocation: not JSON: line 1, column "* ]]
	[[ "$stderr" != *"$(jq -r '.keys.secret[0:5]' in.0)"* ]]
	kill $(pids_of hub)
	finish
	nothing_left
}

@test "a job of functions, encrypted" {
	function_zip
	sv-gen -n 300 -d 30 -p 0.1 >problem
	cloud 'sv-spawn -v -w 2 -l sv <problem | sv-hub -v --encrypt -o run.svf -- \
	    sv-admm --l1 1 | sv-stats' -F "sv=$zip,memory=512,timeout=60"
	[ "$status" -eq 0 ]
	grep -q 'converged' out
	grep -q 'workers connect to .*, encrypted' err
	nothing_left
}

@test "a probe of an encrypted link" {
	$gen >problem
	run --separate-stderr sv-spawn -v --probe --encrypt -x 'tee in.0 | sv-worker' \
	    <problem
	[ "$status" -eq 0 ]
	[[ "$output" = *"hello after"* ]]
	[ "$(jq -r '.keys.secret | length' in.0)" -eq 40 ]
	echo "$stderr" >err
	nowhere err
	# Beyond loopback without being asked for; not where that is said.
	sv-spawn --probe -b 'tcp://*:*' -a 127.0.0.1 -x 'tee in.1 | sv-worker' \
	    <problem
	[ "$(jq -r '.keys.secret | length' in.1)" -eq 40 ]
	sv-spawn --probe -b 'tcp://*:*' -a 127.0.0.1 --insecure \
	    -x 'tee in.2 | sv-worker' <problem
	[ "$(jq -r .keys in.2)" = null ]
	for bad in '--probe --encrypt --insecure' --encrypt; do
		run --separate-stderr sv-spawn $bad -x true -w 1 <problem
		[ "$status" -eq 2 ]
		[[ "$stderr" = "sv-spawn: --encrypt"* ]]
	done
}

@test "keys do not go over the network in plaintext" {
	$gen >problem
	status=0
	# Nobody is asked: it is refused before.
	sv-spawn -w 1 -u http://192.0.2.1:9/ <problem 2>spawn.err |
	    sv-hub -q --encrypt -- fakemaster >out.svf 2>hub.err || status=$?
	[ "$status" -eq 1 ]
	grep -qx "sv-spawn: 192.0.2.1:9: workers' keys would go unencrypted over the network; see --insecure" spawn.err
	nothing_left
}

@test "whoever has keys dumps no core" {
	[ -z "$SV_SANITIZED" ] || skip "a sanitizer ends the process itself"
	cat >cores.py <<-'END'
	import os, resource, signal, subprocess, sys, time
	resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2)
	def dumps(argv):
	    p = subprocess.Popen(argv, stdin=subprocess.PIPE,
	                         stdout=subprocess.PIPE)
	    time.sleep(0.3)
	    os.kill(p.pid, signal.SIGSEGV)
	    _, status = os.waitpid(p.pid, 0)
	    assert os.WTERMSIG(status) == signal.SIGSEGV, (argv, status)
	    return os.WCOREDUMP(status)
	if not dumps(["sleep", "20"]):
	    sys.exit(77)
	for argv in (["sv-worker"], ["sv-spawn", "-w1", "-xtrue"],
	             ["sv-hub", "--", "true"]):
	    assert not dumps(argv), argv
	END
	status=0
	python3 cores.py || status=$?
	[ "$status" -ne 77 ] || skip "no cores are dumped here anyway"
	[ "$status" -eq 0 ]
	# What they start may, as before.
	$gen >problem
	(ulimit -c 16 && sv-spawn --probe -x 'ulimit -c >limit; sv-worker' <problem)
	cat limit
	grep -qE '^(16|32)$' limit
}

@test "sv-spawn does not wait for a hub that does not read" {
	# More of a problem than a pipe holds.
	sv-gen -n 1000 -d 4 -p 0.5 | sv-shard -w 1000 -o shards >problem
	[ "$(stat -c %s problem)" -gt 70000 ]
	sleep 30 < <(exec sv-spawn -w 1000 -x true <problem 2>spawn.err) 3>&- &
	reader=$!
	within 10 running spawn
	sleep 0.5
	kill "$(pids_of spawn)"
	within 6 not running spawn
	kill $reader
	nothing_left
}
