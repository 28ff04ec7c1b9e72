# bootstrap, the worker as a function: against a small Runtime API of its own
# (runtimeapi.py), which is strict.  With a hub that is the test itself:
# test-runtime.c.

setup() {
	# shellcheck source=tests/jobs.bash
	. "$SV_SRCDIR/tests/jobs.bash"
	jobs_setup
	boot=$SV_BUILDDIR/tools/bootstrap
	api="/usr/bin/python3 $SV_SRCDIR/tests/runtimeapi.py --bootstrap $boot"
	# Nobody listens there.
	event='{"sv":1,"job":"00112233aabbccdd","shard":3,"workers":4,"generation":1,"hub":"tcp://127.0.0.1:1","wire":"f64","problem":{"kind":"recipe","recipe":1,"n":100,"d":10,"k":2,"p":0.2,"seed":1,"from":0,"to":100}}'
	printf '%s' "$event" >event
	export SV_CONNECT_TIMEOUT=0.05
}

teardown() {
	jobs_teardown
}

# call STATUS ARGUMENT...: the Runtime API ends so; answers in out, talk in err.
call() {
	local want=$1
	shift
	status=0
	# shellcheck disable=SC2086
	timeout 30 $api "$@" >out 2>err || status=$?
	echo "status $status"
	cat out err
	[ "$status" -eq "$want" ]
}

# An error object of TYPE whose message is like RE, and one line that says so.
error() {
	[ "$(wc -l <out)" -eq 1 ] || return 1
	[ "$(jq -r .errorType out)" = "$1" ] || return 1
	jq -r .errorMessage out | grep -Eq "$2" || return 1
	[ "$(wc -l <err)" -eq 1 ] || return 1
	grep -Eq "^bootstrap: $2" err
}

# solve WORKER: a run in out.svf with four of them; what they say is in said.
solve() {
	status=0
	sv-gen -n 500 -d 10 -p 0.5 -s 7 | sv-spawn -q -w 4 -x "$1 2>>said" |
	    sv-hub -q -o out.svf -- sv-admm -q --l1 1 >/dev/null || status=$?
	[ "$status" -eq 0 ]
	sv-cat -t model -f tsv out.svf | cut -f 13
}

@test "a job of functions, called in each of the three ways" {
	unset SV_CONNECT_TIMEOUT
	solve sv-worker >want
	grep -q '"objective"' want
	for shape in bare rest http2; do
		echo "== $shape"
		rm -f said
		solve "$api --shape $shape - >>out" >got
		cat got out said
		cmp want got
		[ ! -s said ]
		[ "$(wc -l <out)" -eq 4 ]
		if [ "$shape" = bare ]; then
			cp out answers
		else
			[ "$(jq -r '.statusCode, .isBase64Encoded,
			    .headers["content-type"]' out | sort -u |
			    tr '\n' ' ')" = "200 application/json false " ]
			jq -r .body out >answers
		fi
		[ "$(jq -r '[.sv, .end, .generation, .cold] | @tsv' answers |
		    sort -u)" = "$(printf '1\tterm\t1\ttrue')" ]
		[ "$(jq .shard answers | sort | tr '\n' ' ')" = "0 1 2 3 " ]
		[ "$(jq -s 'all(.rounds > 5 and .cpu_s >= 0 and
		    .rss_bytes > 1000000)' answers)" = true ]
		rm out
	done
	nothing_left
}

# Functions that have half a second for a job that takes more.
@test "a job outlives its functions" {
	[ -z "$SV_SANITIZED" ] || skip "too slow with sanitizers"
	unset SV_CONNECT_TIMEOUT
	sv-gen -n 20000 -d 500 -p 0.02 >problem.svf
	for worker in sv-worker "$api --timeout 0.6 - >>out 2>>said"; do
		status=0
		sv-spawn -q -w 2 -x "$worker" <problem.svf | sv-hub -q -o run.svf \
		    -- sv-admm -q --preset paper -e 0 --kmax 50 --max-rounds 2000 \
		    >/dev/null || status=$?
		[ "$status" -eq 3 ]
		sv-cat -t model -f tsv run.svf | cut -f 13 | tail -n 1 |
		    jq '.objective * 1000 | round' >>objectives
	done
	cat objectives out
	[ "$(sort -u objectives | wc -l)" -eq 1 ]
	[ ! -s said ]
	sv-cat -t event run.svf | grep -q '"handover"'
	grep -q '"generation":2,"end":"term","rounds":[1-9]' out
	nothing_left
}

@test "an event that makes no sense" {
	for case in '|not JSON' '{|not JSON' '[]|JSON object' '{}|"sv" must' \
	    "${event/00112233/x}|\"job\"" "${event/tcp/udp}|\"hub\""; do
		printf '%s' "${case%|*}" >event
		call 1 event
		error Function.BadInvocation "invocation: .*${case##*|}"
	done
	printf '%s' "${event/127.0.0.1:1/:}" >event
	call 1 event
	[ "$(jq -r .errorType out)" = Function.BadInvocation ]
	jq -r .errorMessage out | grep -q '^shard 3: tcp://:: '
}

@test "to a gateway an error is a response with a status" {
	echo '{}' >empty
	for shape in rest http2; do
		call 0 --shape $shape empty
		[ "$(jq .statusCode out)" -eq 400 ]
		[ "$(jq -r .body out | jq -r .errorType)" = \
		    Function.BadInvocation ]
		call 0 --shape $shape event
		[ "$(jq .statusCode out)" -eq 500 ]
		[ "$(jq -r .body out | jq -r .errorType)" = \
		    Function.HubUnreachable ]
	done
	echo '{"requestContext":{"http":{}},"version":"2.0","body":null}' >null
	call 0 null
	[ "$(jq .statusCode out)" -eq 400 ]
	jq -r .body out | jq -r .errorMessage | grep -q 'no body'
}

@test "an event that is too long" {
	{ printf '{"x":"'; head -c 17000000 /dev/zero | tr '\0' x; } >long
	call 1 long event
	[ "$(jq -r '.type' out | tr '\n' ' ')" = \
	    "Function.BadInvocation Function.HubUnreachable " ]
	grep -q 'event: longer than 16777216 bytes' out
}

@test "a hub that is not there, and one that nobody knows" {
	call 1 event
	error Function.HubUnreachable \
	    'shard 3: no hub at tcp://127.0.0.1:1 in 0.05 s'
	printf '%s' "${event/127.0.0.1/a..b}" >event
	call 1 event
	error Function.HubUnreachable 'shard 3: no hub at tcp://a..b:1 '
	# Nor is it sought for longer than there is time.
	SV_CONNECT_TIMEOUT=30 call 1 --timeout 0.5 event
	error Function.HubUnreachable 'shard 3: .* in 0.4[0-9]* s'
}

@test "a shard that is not there ends the job, and is told" {
	unset SV_CONNECT_TIMEOUT
	sv-gen -n 50 -d 5 -p 0.5 | sv-cat -f libsvm >rows
	sv-shard -q -w 2 -o "$PWD/shards" rows >shards.svf
	rm shards/shard-00001.svs
	status=0
	sv-spawn -q -w 2 -x "$api - 2>/dev/null >>out" <shards.svf |
	    sv-hub -- sv-admm -q --l1 1 >run.svf 2>err || status=$?
	cat out err
	[ "$status" -eq 1 ]
	grep -q 'shard-00001.svs: No such file' err
	grep -q '"Function.ShardUnreadable"' out
	# Without a hub to tell it is an error all the same.
	jq -c '.problem = {"kind": "shard", "url": "file:///nowhere"}' \
	    event >gone
	SV_CONNECT_TIMEOUT=0.05 call 1 gone
	error Function.ShardUnreadable 'shard 3: .*nowhere: No such file'
	nothing_left
}

@test "rows that leave nothing for the program are not loaded" {
	local rows
	# 40 bytes each; 256 MB are 6710886 of them.
	for rows in 6600000 6700000 9000000; do
		jq -c ".problem.n = $rows | .problem.to = $rows" event >many
		call 1 --memory 256 many
		error Function.OutOfMemory 'shard 3: its rows take [0-9]+ MB, and there are 256 MB of memory, of which the program takes 8'
	done
	[ "$(grep -c 'take 343 MB' out)" -eq 1 ]
}

@test "an environment serves one event after the other" {
	echo '{}' >empty
	call 1 event empty event
	[ "$(jq -r '.kind + " " + .type' out | tr '\n' ,)" = \
	    "error Function.HubUnreachable,error Function.BadInvocation,error Function.HubUnreachable," ]
}

@test "the Runtime API closes the connection, or makes no sense" {
	for faults in close 'close close' 'none close' 'noise noise' noid badid \
	    longid cut 503 'none 403 close' baddeadline; do
		echo "== $faults"
		options=
		for fault in $faults; do
			options="$options --fault $fault"
		done
		# shellcheck disable=SC2086
		call 1 $options event event
		[ "$(jq -r .type out | tr '\n' ' ')" = \
		    "Function.HubUnreachable Function.HubUnreachable " ]
		[ "$(wc -l <err)" -eq 2 ]
	done
}

@test "a Runtime API that fails three times on end, or is broken" {
	for case in 'close close close close|' 'noid noise badid|request id' \
	    '500|status 500' '503 close 500|status 500'; do
		echo "== $case"
		options=
		for fault in ${case%%|*}; do
			options="$options --fault $fault"
		done
		# shellcheck disable=SC2086
		call 1 $options event
		[ "$(cat out)" = "status 1" ]
		[ "$(wc -l <err)" -eq 1 ]
		grep -q "^bootstrap: Runtime API: next event: .*${case#*|}" err
	done
}

@test "an answer that is not taken" {
	call 1 --post-fault close event event
	[ "$(jq -r .kind out | tr '\n' ' ')" = "error error " ]
	call 1 --post-fault 500 event
	[ "$(cat out)" = "status 500" ]
	grep -q '^bootstrap: Runtime API: .*/error: status 500' err
	# Too long, or too late: the next one is served.
	call 1 --post-fault 413 event event
	grep -q '^bootstrap: Runtime API: .*/error: status 413' err
}

@test "without extensions it serves as well" {
	call 1 --no-extension event
	error Function.HubUnreachable 'shard 3: '
	SV_VERBOSE=1 call 1 --no-extension event
	grep -q '^bootstrap: no extension, .*: status 404' err
}

@test "what an event brings is said with SV_VERBOSE" {
	SV_VERBOSE=1 call 1 event
	grep -Eq "^bootstrap: request [0-9a-f-]{36}: $(wc -c <event) bytes" err
	SV_VERBOSE=0 call 1 event
	[ "$(wc -l <err)" -eq 1 ]
}

@test "an environment that makes no sense" {
	for case in '|is not set' 'AWS_LAMBDA_RUNTIME_API=|not HOST:PORT' \
	    'AWS_LAMBDA_RUNTIME_API=a/b?c|not HOST:PORT' \
	    'AWS_LAMBDA_RUNTIME_API=127.0.0.1:1|Runtime API: next event'; do
		status=0
		# shellcheck disable=SC2086
		env ${case%%|*} timeout 10 "$boot" >out 2>err || status=$?
		cat out err
		[ "$status" -eq 1 ]
		[ ! -s out ]
		[ "$(wc -l <err)" -eq 1 ]
		grep -q "^bootstrap: .*${case#*|}" err
	done
	# Where there is somebody to tell, it is told.
	SV_CONNECT_TIMEOUT=soon call 1 event
	error Function.BadConfiguration 'SV_CONNECT_TIMEOUT soon: expected'
}

@test "it has options for people" {
	for option in -h --help -V --version; do
		"$boot" "$option" >out 2>err </dev/null
		[ -s out ]
		[ ! -s err ]
	done
	for option in --what extra; do
		status=0
		"$boot" "$option" >out 2>err || status=$?
		cat err
		[ "$status" -eq 2 ]
		[ "$(wc -l <err)" -eq 2 ]
	done
}
