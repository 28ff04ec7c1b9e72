# sv-lambda: limits, retries, idle environments; its own beginning and end.

bats_require_minimum_version 1.5.0

setup() {
	load scripts.bash
	scripts_setup
}

@test "calls over a limit are throttled, and told which" {
	lambda -F reserved=f.zip,concurrency=1 -F other=f.zip -F none=f.zip,concurrency=0 \
	    --account-concurrency 3 <<'END'
reason() {
	is 429
	header 'x-amzn-errortype: TooManyRequestsException'
	same "$(jq -r '[.Reason, .Type, .message] | @text' body)" \
	    "[\"$1\",\"User\",\"Rate Exceeded.\"]"
}
call none : >body
reason ReservedFunctionConcurrentInvocationLimitExceeded
event reserved 'touch "$t/1"; sleep 3; echo one >&2'
event other 'sleep 3; echo two >&2'
event other 'sleep 3; echo three >&2'
logged 3 ^START
call reserved : >body
reason ReservedFunctionConcurrentInvocationLimitExceeded
# Three for all, of which one is not for the others.
call other : >body
reason ConcurrentInvocationLimitExceeded
U=$(make_url reserved NONE)
get "$U" >body
reason ReservedFunctionConcurrentInvocationLimitExceeded
logged 3 ^END
call reserved 'echo 1' >body
is 200
END
}

@test "so many calls a second, and so many new environments in 10 s" {
	cat >quick <<-'END'
		#!/usr/bin/python3
		import http.client, os
		c = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
		base = "/2018-06-01/runtime/invocation/"
		while True:
		    c.request("GET", base + "next")
		    r = c.getresponse()
		    r.read()
		    id = r.headers["Lambda-Runtime-Aws-Request-Id"]
		    c.request("POST", base + id + "/response", "{}")
		    c.getresponse().read()
	END
	zip_of quick.zip quick
	# Ten a second for each concurrent one.
	lambda -F f=quick.zip,concurrency=1,memory=10240 <<'END'
call f : >body
began=$(date +%s)
for i in $(seq 200); do
	echo "url = $functions/f/invocations"
done >many
curl -sS -K many -d '{}' -w '\n' >answers
same "$(wc -l <answers)" 200
grep -q Reason answers || [ $(($(date +%s) - began)) -lt 20 ] || {
	echo 'too slow' >slow
	exit
}
same "$(grep Reason answers | jq -r .Reason | sort -u)" \
    ReservedFunctionInvocationRateLimitExceeded
END
	[ ! -e slow ] || skip "ten calls take more than a second here"
	lambda -F f=f.zip --burst 2 <<'END'
event f 'sleep 2'
event f 'sleep 2'
logged 2 ^START
call f : >body
is 429
same "$(jq -r .Reason body)" FunctionInvocationRateLimitExceeded
logged 2 ^END
call f 'echo 1' >body
is 200
logged 3 ^START
END
}

@test "an event that fails is tried again, with the same request id" {
	lambda -v -F f=f.zip --retry-scale 0.002 <<'END'
began=$(date +%s%N)
event f 'echo tried; exit 1'
header 'x-amzn-requestid: [0-9a-f-]{36}'
id=$(tr -d '\r' <head | sed -n 's/^x-amzn-requestid: //Ip')
logged 3 "^START RequestId: $id"
# 0.12 s, then 0.24 s.
[ $(($(date +%s%N) - began)) -gt 360000000 ]
event f 'end=error; echo "{}"'
logged 6 ^START
curl -sS -X PUT "$u/2019-09-25/functions/f/event-invoke-config" \
    -d '{"MaximumRetryAttempts":0}' >body
event f 'exit 1'
logged 7 ^START
sleep 0.7
logged 7 ^START
END
	[ "$(grep -c 'is discarded: the function failed' err)" -eq 3 ]
}

@test "an event that is throttled waits for its turn" {
	lambda -v -F f=f.zip,concurrency=1 -F none=f.zip,concurrency=0 \
	    --retry-scale 0.05 <<'END'
for i in 1 2 3 4 5; do
	event f "sleep 0.1; echo turn $i >&2"
done
logged 5 '^turn [1-5]'
same "$(sort -u log | grep -c '^turn')" 5
event none :
sleep 0.2
END
	grep -q 'function none: .* discarded: .*concurrency of 0' err
	! grep -q '^turn.*turn' log || false
}

@test "an idle environment is used again, and ended when it has been idle" {
	lambda -F f=f.zip --keep 1 <<'END'
first=$(call f 'echo $$')
same "$(call f 'echo $$')" "$first"
sleep 0.5
same "$(call f 'echo $$')" "$first"
i=0
while kill -0 "$first" 2>/dev/null; do
	i=$((i + 1))
	[ "$i" -lt 100 ]
	sleep 0.05
done
[ "$(call f 'echo $$')" != "$first" ]
END
}

@test "calls fail by chance, the same ones with the same seed" {
	for i in 1 2; do
		lambda -F f=f.zip --fail-rate 0.5 -s 7 <<'END'
for i in 1 2 3 4 5 6; do
	call f 'sleep 1.1; echo 1' >body
	is 200
	jq -r 'if . == 1 then "fine" else .errorType end' body >>pattern
done
END
		mv pattern pattern.$i
	done
	cmp pattern.1 pattern.2
	grep -qx fine pattern.1
	grep -qx Runtime.ExitError pattern.1
}

@test "a network delay is added to requests and answers" {
	lambda -F f=f.zip --delay 0.3 <<'END'
get "$u/2015-03-31/functions" -w '\n%{time_total}\n' | tail -n 1 |
    grep -Eq '^0\.[6-9]|^[1-9]'
event f :
END
}

# ends OPTION...
ends() {
	rm -f ready log
	start -F f=f.zip "$@"
	grep -Eqx 'http://127\.0\.0\.1:[0-9]+' ready
	[ -n "$(left)" ]
	curl -sS "$url/2015-03-31/functions/f/invocations" >body 3>&- -d \
	    '{"do":"setsid sleep 100 & sleep 100"}' &
	waiting=$!
	for _ in $(seq 100); do
		! grep -q ^START log || break
		sleep 0.05
	done
	sleep 0.3
	began=$SECONDS
	kill -INT "$pid"
	finish
	[ "$status" -eq 0 ]
	[ $((SECONDS - began)) -lt 5 ]
	[ ! -e ready ]
	# Who waited is told.
	wait "$waiting"
	jq -e '.errorType == "Runtime.ExitError"' body
	left
	[ -z "$(left)" ]
}

@test "the end: no process and no directory is left" {
	ends
	ends --no-limits
}

# groups PID: those of this sv-lambda.
groups_of() {
	find /sys/fs/cgroup -name "sv-lambda-$1" 2>/dev/null || true
}

@test "groups that one that was killed has left are removed" {
	start
	# As of an environment.
	for group in $(groups_of "$pid"); do
		mkdir "$group/7"
	done
	kill -KILL "$(pgrep -x sv-lambda-guard -P "$pid")" "$pid"
	finish
	[ -n "$(groups_of "$pid")" ] || skip "no groups can be made here"
	run -0 sv-lambda -q -b 127.0.0.1:0 -- true
	[ -z "$(groups_of "$pid")" ]
}

@test "the ready file of another is left alone" {
	start
	echo other >other
	mv other ready
	kill -INT "$pid"
	finish
	[ "$status" -eq 0 ]
	[ "$(cat ready)" = other ]
}

@test "few descriptors may be enough" {
	ulimit -n 200
	lambda -F f=f.zip <<'END'
same "$(call f 'ulimit -n')" 200
END
}

@test "it ends with its command, with its status" {
	run -5 --separate-stderr sv-lambda -q -b 127.0.0.1:0 -- sh -c 'exit 5'
	[ -z "$stderr" ]
	run -137 sv-lambda -q -b 127.0.0.1:0 -- sh -c 'kill -9 $$'
	run -127 sv-lambda -q -b 127.0.0.1:0 -- ./nosuch
	[[ "$output" = *nosuch* ]]
	# What it leaves in its group does not hold us up.
	began=$SECONDS
	run -0 sv-lambda -q -b 127.0.0.1:0 -- sh -c 'sleep 100 & setsid sleep 100 &'
	[ $((SECONDS - began)) -lt 10 ]
}

@test "its command finds AWS where it looks" {
	AWS_ACCESS_KEY_ID=mine run -0 sv-lambda -q -b '[::1]:0' \
	    --region eu-north-1 -- env
	grep -Eqx 'AWS_ENDPOINT_URL=http://\[::1\]:[0-9]+' <<<"$output"
	grep -Eqx 'AWS_ENDPOINT_URL_LAMBDA=http://\[::1\]:[0-9]+' <<<"$output"
	grep -qx 'AWS_ACCESS_KEY_ID=mine' <<<"$output"
	grep -q '^AWS_SECRET_ACCESS_KEY=.' <<<"$output"
	grep -qx 'AWS_REGION=eu-north-1' <<<"$output"
	grep -qx 'AWS_DEFAULT_REGION=eu-north-1' <<<"$output"
	grep -qx 'AWS_EC2_METADATA_DISABLED=true' <<<"$output"
}

@test "a signal is its command's, which may say how it ends" {
	start -- sh -c 'trap "exit 7" TERM; echo here >started
	    while :; do sleep 0.1; done'
	for _ in $(seq 100); do
		[ ! -e started ] || break
		sleep 0.05
	done
	kill -TERM "$pid"
	finish
	[ "$status" -eq 7 ]
	[ -z "$(left)" ]
}

@test "its command has the terminal" {
	command -v script >/dev/null || skip "script is not installed"
	cat >read.sh <<-'END'
		read -r x
		echo "got $x"
		exit 9
	END
	# A stopped reader would wait for ever.
	(sleep 1; echo hello; sleep 1) |
	    timeout -k 1 20 script -qec \
	    'sv-lambda -q -b 127.0.0.1:0 -- sh read.sh' /dev/null >out || status=$?
	cat out
	[ "$status" -eq 9 ]
	grep -q 'got hello' out
	[ -z "$(left)" ]
}

@test "what makes no sense is refused" {
	for bad in '-b 127.0.0.1' '-b 0.0.0.0:0' '-b nosuch:1' '-b [::]:0'; do
		# shellcheck disable=SC2086
		run -1 sv-lambda -q $bad
		[ "$(wc -l <<<"$output")" -eq 1 ]
	done
	for bad in '-F x' '-F =f.zip' '-F a/b=f.zip' '-F f=f.zip,memory=127' \
	    '-F f=f.zip,timeout=901' '-F f=f.zip,concurrency=-1' \
	    '-F f=f.zip,x=1' '--burst 0' '--keep -1' '--fail-rate 1.1' \
	    '--fault-kill -1' '--fault-crash 2' '--fault-storm 5' \
	    '--fault-storm 1,2' '--fault-slow 1,0.5' '--fault-freeze 1,' \
	    '--fault-seed x' '--timeout 0.5' \
	    '--region a/b' '--account-concurrency 0' 'true'; do
		# shellcheck disable=SC2086
		run -2 sv-lambda -b 127.0.0.1:0 $bad
		[ "$(wc -l <<<"$output")" -eq 2 ]
	done
	run -1 sv-lambda -b 127.0.0.1:0 -F f=nosuch.zip
	[[ "$output" = *nosuch.zip* ]]
	run -1 sv-lambda -b 127.0.0.1:0 -F f=f.zip -F f=f.zip
	run -1 sv-lambda -b 127.0.0.1:0 --ready no/such/dir -- true
	[ -z "$(left)" ]
}
