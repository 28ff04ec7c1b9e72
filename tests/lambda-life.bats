# Execution environments of sv-lambda: limits of time, CPU and memory, freezing,
# and what is left of them when they end.

setup() {
	load environments.bash
	environments_setup
}

# The value of NAME in the REPORT line number N.
report() {
	grep '^REPORT ' log | sed -n "$2p" | tr '\t' '\n' |
	    sed -n "s/^$1: \([0-9.]*\).*/\1/p"
}

# EXPRESSION of numbers is true.
true_that() {
	awk "BEGIN { exit !($1) }"
}

@test "a call has its time" {
	lambda -F f=echo.zip,timeout=1 -- '
	    invoke f "print before; term print; sleep 20"
	    invoke f "print after"'
	id=$(sed -n 's/.*RequestId: \([^ ]*\) .*/\1/p' out)
	[ "$(sed -n 1p out)" = "{\"errorType\":\"Sandbox.Timedout\",\
\"errorMessage\":\"RequestId: $id Error: Task timed out after 1.00 seconds\"}" ]
	grep -q Unhandled out
	grep -Eqx "20[0-9T:.-]+Z $id Task timed out after 1.00 seconds" log
	[ "$(report Duration 1)" = 1000.00 ]
	# Nobody told it to end, and a new one has taken the next call.
	[ "$(grep -cx term log)" -eq 0 ]
	grep -Fqx '"print after"' out
	[ "$(grep -c 'Init Duration' log)" -eq 2 ]
}

@test "with an extension it is told before it is killed" {
	function_of tell 'term print; register'
	function_of deaf 'term ignore; register'
	lambda -F tell=tell.zip,timeout=1 -F deaf=deaf.zip,timeout=1 -- '
	    invoke tell "sleep 20"; invoke deaf "sleep 20"
	    invoke deaf "print again"'
	[ "$(grep -c Sandbox.Timedout out)" -eq 2 ]
	[ "$(grep -cx term log)" -ge 2 ]
	grep -Fqx '"print again"' out
}

@test "extensions register, and hear of calls if they want to" {
	function_of call 'register "INVOKE"'
	function_of still register
	function_of shut 'register "SHUTDOWN"'
	lambda -F call=call.zip -F still=still.zip -F shut=shut.zip \
	    -F none=echo.zip -- '
	    invoke call ""; invoke still ""; invoke shut ""
	    invoke none "refused "'
	for f in call still; do
		grep -Fqx "register 200 {\"functionName\":\"$f\",\
\"functionVersion\":\"\$LATEST\",\"handler\":\"bootstrap\"}" log
	done
	grep -q '^register 403 .*"Extension.InvalidEventType"' log
	[ "$(grep -c '^extension' log)" -eq 1 ]
	id=$(sed -n 's/^START RequestId: \([^ ]*\) .*/\1/p' log | head -n 1)
	grep -Eq "^extension 200 \{\"eventType\":\"INVOKE\",\"deadlineMs\":\
[0-9]+,\"requestId\":\"$id\",\"invokedFunctionArn\":\"arn:[^\"]*:call\"" log
	# Without an identifier; and after the first next.
	grep -Fqx '"403 403"' out
}

@test "an init that takes more than 10 s is begun anew, in the time of the call" {
	function_of f "once $BATS_TEST_TMPDIR/here 60"
	lambda -F f=f.zip,timeout=5 -- 'invoke f "left"'
	left=$(tr -d '"' <out)
	[ "$left" -gt 0 ]
	[ "$left" -le 5000 ]
	[ "$(grep -c '^START' log)" -eq 1 ]
	[ "$(grep -c 'Init Duration' log)" -eq 0 ]
}

@test "the time of a cold start comes first and costs nothing" {
	lambda -F f=echo.zip --cold-start 1 -- '
	    invoke f "" -w "%{time_total} "; invoke f "" -w "%{time_total} "'
	times=$(sed 's/^"" *//' out)
	# shellcheck disable=SC2086
	set -- $times
	true_that "$1 >= 1 && $2 < 1"
	true_that "$(report 'Billed Duration' 1) < 1000"
}

@test "between calls nothing runs" {
	for options in "" --no-limits; do
		# shellcheck disable=SC2086
		lambda -F f=echo.zip $options -- '
		    invoke f "count; sleep 0.3"; sleep 2; invoke f "count"'
		n=$(sed -n 2p out | tr -d '"')
		# One each 0.01 s of the call, none of the 2 s after it.
		[ "$n" -ge 1 ]
		[ "$n" -le 60 ]
	done
}

@test "memory is the share of CPU" {
	lambda -F a=echo.zip,memory=128 -F b=echo.zip,memory=512 -- '
	    invoke a "spin 2"; invoke b "spin 2"'
	needs_limits
	a=$(sed -n 1p out | tr -d '"')
	b=$(sed -n 2p out | tr -d '"')
	# 128 / 1769 and 512 / 1769; less if others want the CPU as well.
	true_that "$a > 0 && $a < 0.09"
	true_that "$b > 0 && $b < 0.35"
}

@test "who takes more memory than there is, is killed" {
	lambda -F f=echo.zip,memory=128 -- 'invoke f "alloc 50"
	    invoke f "alloc 300"; invoke f "print after"'
	needs_limits
	[ "$(sed -n 1p out)" = '"allocated 50"' ]
	sed -n 2p out | grep -Fq 'exited with error: signal: killed"}'
	grep -Fqx '"print after"' out
	true_that "$(report 'Max Memory Used' 1) >= 50"
	[ -n "$SV_SANITIZED" ] ||
	    true_that "$(report 'Max Memory Used' 1) < 100"
	[ "$(report 'Max Memory Used' 2)" -eq 128 ]
}

@test "a function has no more than 1024 processes" {
	lambda -F f=echo.zip,memory=1769 -- 'invoke f "forks 1500"'
	needs_limits
	n=$(tr -d '"' <out)
	# ThreadSanitizer has a thread of its own in each.
	[ "$n" -ge 1000 ] || [ -n "$SV_SANITIZED" ]
	[ "$n" -ge 500 ]
	[ "$n" -lt 1024 ]
}

@test "memory is what was resident, not files that were read" {
	dd if=/dev/zero of=big bs=1M count=100 2>/dev/null
	lambda -F f=echo.zip,memory=512 -- \
	    "invoke f 'read $BATS_TEST_TMPDIR/big'"
	[ "$(sed -n 1p out)" = '"104857600"' ]
	true_that "$(report 'Max Memory Used' 1) < 60"
}

@test "what functions print comes line by line, and ends a Tail" {
	lambda -F f=echo.zip -- '
	    invoke f "lines 3; part end" -H "X-Amz-Log-Type: Tail"
	    sed -n "s/^x-amz-log-result: //pI" head | tr -d "\r" >tail1
	    invoke f "lines 1000" -H "X-Amz-Log-Type: Tail"
	    sed -n "s/^x-amz-log-result: //pI" head | tr -d "\r" >tail2'
	base64 -d tail1 >tail
	head -n 7 log | diff - tail
	base64 -d tail2 >tail
	[ "$(wc -c <tail)" -eq 4096 ]
	tail -c 4096 log | cmp - tail
	[ "$(grep -c '^line ' log)" -eq 1003 ]
}

@test "a line without end is cut" {
	lambda -F f=echo.zip -- 'invoke f "long 20000"'
	[ "$(grep -cE '^x{8192}$' log)" -eq 2 ]
	[ "$(grep -cE '^x{3616}$' log)" -eq 1 ]
}

@test "a log that nobody reads holds up nobody, and what is lost is told" {
	mkfifo pipe
	sleep 30 <pipe 3>&- &
	reader=$!
	status=0
	timeout 60 sv-lambda -b 127.0.0.1:0 --log pipe -F f=echo.zip -- \
	    sh -c '. ./lib.sh; for i in 1 2 3 4; do
	    invoke f "lines 100000; print $i"; done' >out 2>err || status=$?
	kill "$reader"
	cat err
	[ "$status" -eq 1 ]
	[ "$(grep -c '^"lines' out)" -eq 4 ]
	grep -Eq '^sv-lambda: log: [0-9]+ lines lost$' err
}

# Nothing of it is left: neither processes nor directories nor groups.
nothing_left() {
	for pid in $(sed -n 's/^daemon //p' log); do
		if kill -0 "$pid" 2>/dev/null; then
			return 1
		fi
	done
	[ -z "$(ls "$TMPDIR")" ]
	[ -z "$(find /sys/fs/cgroup -name "sv-lambda-$1" 2>/dev/null)" ]
}

@test "nothing is left of what a function has started" {
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir "$TMPDIR"
	for options in "" --no-limits; do
		# shellcheck disable=SC2086
		lambda -F f=echo.zip,timeout=2 $options -- 'invoke f "daemon"
		    invoke f "daemon; exit 1"; invoke f "daemon; sleep 9"
		    invoke f "daemon"; sleep 1; echo $PPID
		    for p in $(sed -n "s/^daemon //p" log); do
		    kill -0 $p 2>&- && echo runs; done'
		# The last one; the others went with their environments.
		[ "$(grep -c '^daemon' log)" -eq 4 ]
		[ "$(grep -c '^runs' out)" -eq 1 ]
		nothing_left "$(grep -E '^[0-9]+$' out)"
	done
}

@test "shut away, a function sees its package and a /tmp of its own" {
	[ "$(id -u)" -eq 0 ] || skip "only root can shut functions away"
	$SV_CC -static -O1 -std=c11 -D_POSIX_C_SOURCE=200809L \
	    -I"$SV_BUILDDIR" -I"$SV_SRCDIR/tests" -o echo.d/bootstrap \
	    "$SV_SRCDIR/tests/fakeruntime.c" "$SV_SRCDIR/tests/fakedeeds.c" \
	    -lpthread || skip "nothing can be linked statically here"
	echo data >echo.d/data
	zip_of echo
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir "$TMPDIR"
	status=0
	lambda --chroot -F f=echo.zip -F g=echo.zip -- 'invoke f "place; env"
	    invoke f "list /"; invoke f "list /var/task"
	    invoke f "write /new"; invoke f "write /var/task/data"
	    invoke f "write /tmp/mine"; invoke f "list /tmp"
	    invoke g "list /tmp; print nothing"; echo $PPID' || status=$?
	# Not allowed, or this is a chroot already.
	if grep -Eq 'a process: (Operation not permitted|Invalid argument)' err
	then
		skip "no mount namespace can be made here"
	fi
	[ "$status" -eq 0 ]
	cat >want <<-END
		"place; env"
		"tmp var"
		"bootstrap data"
		"no"
		"no"
		"yes"
		"mine"
		"list /tmp; print nothing"
	END
	grep '^"' out | sed 's/ "$/"/' | diff - want
	grep -Fqx "place cwd=/var/task uid=65534 gid=65534 files=1024\
 umask=022 fds=3 leader=1" log
	grep -Fqx 'env LAMBDA_TASK_ROOT=/var/task' log
	nothing_left "$(grep -E '^[0-9]+$' out)"
}
