# sv-spawn -u and -l: workers that are asked for over HTTP.

setup() {
	load calls.bash
	calls_setup
}

teardown() {
	calls_teardown
}

@test "-u: workers that are waited for" {
	cloud "$sync"
	calls 3 -u "$url/a/b?q=1" : -- fakemaster
	[ "$status" -eq 0 ]
	[ "${statuses[1]}" -eq 0 ]
	ends 0 done
	[ ! -s spawn.err ]
	[ "$(asked .path | sort -u)" = '/a/b?q=1' ]
	[ "$(asked '.headers["content-type"]' | sort -u)" = application/json ]
	[ "$(asked '.headers.authorization' | sort -u)" = null ]
	[ "$(asked '.headers.expect' | sort -u)" = null ]
	# Each is told what a command would be told on its input.
	[ "$(asked '.body | fromjson | [.sv, .workers, .generation, .wire,
	    .shard] | @text' | sort | tr '\n' ' ')" = \
	    '[1,3,1,"f64",0] [1,3,1,"f64",1] [1,3,1,"f64",2] ' ]
	# What is recorded; the query is nobody's business.
	[ "$(grep -c '^job .*"how":"url","command":"http://127.0.0.1:[0-9]*/a/b"' records)" -eq 1 ]
	[ "$(recorded '"event":"request","how":"url","queued_s":[0-9.e-]*}')" -eq 3 ]
	[ "$(recorded '"event":"exit","status":0,"signal":0,"http":200,"tries":1,"answered_s":[0-9.]*,.*"cpu_s":0.25,"maxrss_bytes":3000000')" -eq 3 ]
	[ "$(grep -c q=1 records)" -eq 0 ]
	nothing_left
}

@test "-u: workers that are only accepted" {
	for body in '""' '{"message":"queued"}' '"text"'; do
		cloud "${async%\}},\"body\":$body}"
		calls 3 -u "$url" : -- fakemaster
		[ "$status" -eq 0 ]
		ends 0 done
		[ "$(recorded '"event":"accepted","status":202,"tries":1,"answered_s":')" -eq 3 ]
		[ "$(recorded '"event":"exit"')" -eq 0 ]
		nothing_left
	done
}

@test "-u: a gateway that loses patience with a worker that is there" {
	# It answers while the worker works, and says anything but what is true.
	for code in 202 429 500 504; do
		cloud "{\"delay\":0.7,\"status\":$code,\"run\":\"fakeworker >/dev/null\"}"
		calls 1 -u "$url" : -- fakemaster -n 30 -p 50
		[ "$status" -eq 0 ]
		ends 0 done
		[ "$(wc -l <requests)" -eq 1 ]
		[ "$(recorded '"event":"exit"')" -eq 0 ]
		[ ! -s hub.err ]
		nothing_left
	done
}

@test "-u --async asks for it" {
	cloud "$async"
	calls 2 -u "$url" --async : -- fakemaster
	[ "$status" -eq 0 ]
	[ "$(asked '.headers.invocationtype' | sort -u)" = Event ]
	[ "$(asked '.headers.prefer' | sort -u)" = respond-async ]
	nothing_left
}

@test "-l: Invoke, signed" {
	log=$(printf 'REPORT RequestId: 0\tDuration: 9.00 ms\tBilled Duration: 9 ms\nlog\nREPORT RequestId: r-1\tDuration: 1234.50 ms\tBilled Duration: 1235 ms\tMemory Size: 256 MB\tMax Memory Used: 31 MB\tInit Duration: 12.25 ms\t\n' | base64 -w 0)
	cloud "${sync%\}},\"headers\":{\"x-amzn-RequestId\":\"r-1\",\"X-Amz-Log-Result\":\"$log\"}}"
	calls 2 -l f_1 --endpoint-url "$url/" : -- fakemaster
	[ "$status" -eq 0 ]
	[ "$(asked .path | sort -u)" = /2015-03-31/functions/f_1/invocations ]
	[ "$(asked '.headers["x-amz-invocation-type"]' | sort -u)" = RequestResponse ]
	[ "$(asked '.headers["x-amz-log-type"]' | sort -u)" = Tail ]
	asked .headers.authorization | grep -q '^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/[0-9]*/us-east-1/lambda/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-invocation-type;x-amz-log-type, Signature=[0-9a-f]*$'
	[ "$(grep -c '^job .*"how":"lambda","command":"f_1"' records)" -eq 1 ]
	[ "$(recorded '"event":"request","how":"lambda"')" -eq 2 ]
	[ "$(recorded '"exit","status":0,.*"request_id":"r-1".*"duration_s":1.234.*"billed_s":1.235.*"memory_mb":256,"max_memory_mb":31,"init_s":0.01225')" -eq 2 ]
	nothing_left
}

@test "-l: names, qualifiers, ARNs, and the region of an ARN" {
	cloud "$async"
	while read -r name path region; do
		: >requests
		calls 1 -l "$name" --async --endpoint-url "$url" : -- fakemaster
		echo "$name: $(asked .path)"
		[ "$status" -eq 0 ]
		[ "$(asked .path)" = "/2015-03-31/functions/$path" ]
		asked .headers.authorization | grep -q "/$region/lambda/"
		[ "$(asked '.headers["x-amz-invocation-type"]')" = Event ]
		[ "$(asked '.headers["x-amz-log-type"]')" = null ]
		[ "$(recorded '"event":"request","how":"lambda-async"')" -eq 1 ]
	done <<-'END'
		f f/invocations us-east-1
		f:live f/invocations?Qualifier=live us-east-1
		f:$LATEST f/invocations?Qualifier=%24LATEST us-east-1
		123456789012:function:f:3 123456789012%3Afunction%3Af/invocations?Qualifier=3 us-east-1
		arn:aws:lambda:eu-north-1:123456789012:function:f arn%3Aaws%3Alambda%3Aeu-north-1%3A123456789012%3Afunction%3Af/invocations eu-north-1
		arn:aws-cn:lambda:cn-north-1:1:function:f:x arn%3Aaws-cn%3Alambda%3Acn-north-1%3A1%3Afunction%3Af/invocations?Qualifier=x cn-north-1
	END
	$gen >problem
	for name in '' 'a b' a/b ../f 'f?x' f: :f a:b:c:d arn:aws:s3:r:1:function:f \
	    arn:aws:lambda:r:1:layer:f 'f:$' "$(printf '%0300d' 1)"; do
		spawn_on problem -w 1 -l "$name"
		[ "$status" -gt 0 ]
		[ ! -s spawn.out ]
	done
	nothing_left
}

@test "throttled: tried again, as the server wants it" {
	throttle='"status":429,"headers":{"x-amzn-ErrorType":"TooManyRequestsException:http://x/","Retry-After":"1","x-amzn-RequestId":"r"},"body":{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}'
	cloud "{\"times\":3,$throttle}" "$sync"
	calls 2 -l f --endpoint-url "$url" : -- fakemaster
	[ "$status" -eq 0 ]
	[ "$(cat spawn.err)" = 'sv-spawn: 429 TooManyRequestsException: Rate Exceeded.; trying again, 10 times at most' ]
	[ "$(recorded '"retry","try":[12],"status":429,"why":"TooManyRequestsException: Rate Exceeded.","wait_s":[1-9].*"request_id":"r"')" -eq 3 ]
	[ "$(recorded '"request"')" -eq 2 ]
	[ "$(jq -s '.[2].time - .[0].time > 1' requests)" = true ]
	# Every try is signed anew.
	[ "$(asked .headers.authorization | sort -u | wc -l)" -ge 2 ]
	# With -q nothing is said, with -v all of it.
	for v in -q -v; do
		cloud '{"status":500}' "$sync"
		calls 2 -l f --endpoint-url "$url" $v : -- fakemaster
		[ "$status" -eq 0 ]
		[ $v = -v ] || [ ! -s spawn.err ]
	done
	grep -qx 'sv-spawn: shard [01]: worker 1 is tried again in 0\.[0-9] s: 500 no reason given' spawn.err
	nothing_left
}

@test "500, 502, 503, and no connection: tried again, and given up" {
	for code in 500 502 503; do
		cloud "{\"status\":$code,\"body\":{\"Message\":\"busy\"}}"
		calls 3 -l f --endpoint-url "$url" --tries 2 -q : -- fakemaster
		fails "could not be started: $code busy \(2 tries\)"
		[ "$(wc -l <requests)" -ge 4 ]
		[ "$(cat spawn.err)" = "sv-spawn: 3 of 3 workers could not be started: $code busy (up to 2 tries each)" ]
		[ "$(recorded '"exit","status":1,.*"fatal":true')" -ge 1 ]
	done
	cloud_off
	calls 3 -u "$url" --tries 2 -q : -- fakemaster
	fails "could not be started: .*onnect"
	[ "$(wc -l <spawn.err)" -eq 1 ]
	grep -q "3 of 3 workers could not be started: .*onnect to 127.0.0.1.* (up to 2 tries each)" spawn.err
	calls 2 -u http://no-such-host.invalid/ --tries 2 -q : -- fakemaster
	fails "could not be started: .*resolve"
}

@test "a function that is not ready yet is waited for" {
	cloud '{"times":2,"status":409,"headers":{"x-amzn-ErrorType":"ResourceConflictException"},"body":{"Type":"User","Message":"The function is currently in the following state: Pending"}}' "$sync"
	calls 2 -l f --endpoint-url "$url" -q : -- fakemaster
	[ "$status" -eq 0 ]
	[ "$(recorded '"retry","try":[12],"status":409,"why":"ResourceConflictException: The function')" -eq 2 ]
	[ "$(wc -l <requests)" -eq 4 ]
	nothing_left
}

@test "what is refused is not tried again" {
	cloud '{"times":9,"status":404,"headers":{"x-amzn-ErrorType":"ResourceNotFoundException"},"body":{"Type":"User","Message":"Function not found: f"}}'
	calls 20 -l f --endpoint-url "$url" : -- fakemaster
	fails 'its worker could not be started: 404 ResourceNotFoundException: Function not found: f$'
	[ "$(cat spawn.err)" = "sv-spawn: 20 of 20 workers could not be started: 404 ResourceNotFoundException: Function not found: f" ]
	cloud '{"status":403,"body":{"__type":"com.amazon#SomeException","message":"no\u0007 way"}}'
	calls 1 -u "$url" : -- fakemaster
	fails 'could not be started: 403 SomeException: no  way$'
	cloud '{"status":302,"headers":{"Location":"http://127.0.0.1:1/"}}'
	calls 1 -u "$url" : -- fakemaster
	fails 'could not be started: 302 redirected, which is not followed$'
	[ "$(wc -l <requests)" -eq 1 ]
	cloud '{"status":200,"body":{"hello":"world"}}'
	calls 1 -l f --endpoint-url "$url" : -- fakemaster
	fails "the function is no sv worker: it answered '..hello.: .world..'"
	nothing_left
}

@test "a function that fails: replaced, or not where another would fail as well" {
	error='{"errorType":"Function.Terminated","errorMessage":"shard 0: out of luck","stackTrace":[]}'
	# Lambda's own way, that of proxies, and a Function URL's.
	for step in "\"headers\":{\"X-Amz-Function-Error\":\"Unhandled\"},\"body\":$error" \
	    "\"status\":500,\"body\":$error" "\"body\":$error" \
	    '"status":502,"body":"Internal Server Error"'; do
		cloud "{$step}" "$sync"
		case $step in
		*headers*) calls 2 -l f --endpoint-url "$url" : -- fakemaster ;;
		*) calls 2 -u "$url" : -- fakemaster ;;
		esac
		[ "$status" -eq 0 ]
		[ "$(wc -l <hub.err)" -eq 1 ]
		case $step in
		*errorType*)
			# Either of the two may be asked for first.
			[ "$(sed 's/: shard [01]: worker/: shard 0: worker/' spawn.err)" = "sv-spawn: shard 0: worker 1 failed: Function.Terminated: shard 0: out of luck" ]
			;;
		esac
		case $step in
		*502*)
			grep -q 'worker lost, .*Internal Server Error; starting' hub.err
			;;
		*)
			grep -q 'worker lost, failed: Function.Terminated: shard 0: out of luck; starting' hub.err
			[ "$(recorded '"exit","status":1,.*"error":"Function.Terminated","why":"shard 0: out of luck"')" -eq 1 ]
			;;
		esac
		[ "$(asked '.body | fromjson.generation' | sort | tr '\n' ' ')" = "1 1 2 " ]
	done
	for type in BadInvocation HubUnreachable ShardUnreadable OutOfMemory; do
		cloud "{\"headers\":{\"X-Amz-Function-Error\":\"Unhandled\"},\"body\":{\"errorType\":\"Function.$type\",\"errorMessage\":\"shard 0: no\"}}"
		calls 1 -l f --endpoint-url "$url" : -- fakemaster
		fails "its worker failed: Function.$type: shard 0: no"
		[ "$(recorded '"exit",.*"fatal":true')" -eq 1 ]
		[ "$(wc -l <requests)" -eq 1 ]
	done
}

@test "no answer is no failure: the hub waits, and asks for the same worker again" {
	# The gateway gives up, the function lives on.
	cloud '{"times":2,"status":504,"body":{"message":"Endpoint request timed out"},"run":"fakeworker >/dev/null"}' "$sync"
	calls 2 -u "$url" : -- fakemaster
	[ "$status" -eq 0 ]
	[ "$(recorded '"event":"unanswered","status":504,"tries":1,.*"why":"Endpoint request timed out"')" -eq 2 ]
	[ "$(wc -l <requests)" -eq 2 ]
	nothing_left
	# The connection is cut; the function was not started.
	cloud '{"close":true}' "$sync"
	calls 2 -u "$url" : --start-timeout 1 -- fakemaster
	[ "$status" -eq 0 ]
	[ "$(recorded '"event":"unanswered","status":0,')" -eq 1 ]
	[ "$(asked '.body | fromjson.generation' | sort -u)" = 1 ]
	[ "$(wc -l <requests)" -eq 3 ]
	grep -q 'no hello within 1 s, and no answer to the request; asking again' hub.err
	[ "$(grep -c '^event .*"repeated"' records)" -eq 1 ]
	nothing_left
	# But not for ever.
	cloud '{"status":504}'
	calls 1 -u "$url" : --start-timeout 0.2 --shard-losses 0 -- fakemaster
	[ "$status" -eq 1 ]
	[ "$(wc -l <requests)" -eq 4 ]
	ends 1 'no hello within 0.2 s'
	nothing_left
}

@test "a second instance that was sent away is no loss" {
	cloud '{"times":1,"status":500,"run":"sleep 0.2; fakeworker >/dev/null"}' \
	    "{\"delay\":1,\"body\":${result/term/refused}}"
	calls 1 -u "$url" : -- fakemaster -n 20 -p 100
	[ "$status" -eq 0 ]
	[ "$(recorded '"exit".*"end":"refused"')" -eq 1 ]
	[ ! -s hub.err ]
	nothing_left
}

@test "nor is one that fails after the first has come" {
	# The first one comes once it has been asked for again.
	cloud '{"status":504,"run":"until [ $(wc -l <requests) -ge 2 ]; do sleep 0.1; done; fakeworker >/dev/null"}' \
	    '{"delay":1.5,"body":{"errorType":"Function.HubUnreachable","errorMessage":"no"}}'
	calls 1 -u "$url" : --start-timeout 2 -- fakemaster -n 30 -p 100
	[ "$status" -eq 0 ]
	ends 0 done
	[ "$(recorded '"exit","status":1,')" -eq 1 ]
	[ "$(grep -c '^event .*"lost"' records)" -eq 0 ]
	nothing_left
}

@test "a worker whose time is up is replaced, and that does not count" {
	job 2 'fakeworker -b expire -g 0 -r 2' --shard-losses 0 --job-losses 0 \
	    -- fakemaster
	[ "$status" -eq 0 ]
	ends 0 done
	[ "$(frames '^event .*"left","why":"its time is up"')" -ge 6 ]
	[ "$(frames '^event .*"lost"')" -eq 0 ]
	grep -q 'worker left, its time is up; starting another' hub.err
	# One that was of no use is a loss.
	job 2 'fakeworker -b expire -g 0' --shard-losses 2 -- fakemaster
	fails 'lost its worker 3 times, the last one its time is up'
	# Told by the answer alone.
	cloud "{\"times\":2,\"run\":\"fakeworker -b leave -r 3 >/dev/null; echo '${result//\"/\\\"}' | sed s/term/deadline/\",\"wait\":true,\"body\":\"out\"}" "$sync"
	calls 2 -u "$url" : --shard-losses 0 -- fakemaster
	[ "$status" -eq 0 ]
	[ "$(grep -c '^event .*"left"' records)" -eq 2 ]
	nothing_left
}

@test "--rate" {
	cloud "$async"
	# The time for a hello does not begin before the request is sent.
	calls 12 -u "$url" --rate 5 : --start-timeout 1 -- fakemaster
	[ "$status" -eq 0 ]
	[ ! -s hub.err ]
	[ "$(jq -s 'sort_by(.time) | .[11].time - .[0].time > 1.8' requests)" = true ]
	# How long each has waited is recorded.
	peek <"$out" | sed -n 's/^spawn.*"queued_s":\([0-9.e-]*\).*/\1/p' |
	    sort -g | tail -n 1 | awk '{ exit !($1 > 1.8 && $1 < 20) }'
	nothing_left
}

@test "--tries 1" {
	cloud '{"status":503}'
	calls 1 -u "$url" --tries 1 : -- fakemaster
	fails 'could not be started: 503 no reason given$'
	[ "$(wc -l <requests)" -eq 1 ]
	# The hub has said it all.
	[ ! -s spawn.err ]
}

@test "Ctrl-C while workers are queued, wait to be tried again, or run" {
	cloud '{"times":3,"status":429,"headers":{"Retry-After":"30"}}' "$sync"
	start_job_calls 40 -u "$url" --rate 4 : -- fakemaster -n 1000 -p 50
	three() {
		[ "$(wc -l <requests)" -ge 6 ]
	}
	within 20 three
	kill -INT "$(pids_of hub)"
	began=$SECONDS
	finish
	[ $((SECONDS - began)) -lt 20 ]
	[ "$status" -eq 1 ]
	n=$(wc -l <requests)
	ends 1 'interrupted by signal 2'
	nothing_left
	[ "$(wc -l <requests)" -eq "$n" ]
	[ "$n" -lt 40 ]
	[ "$(grep -c 'could not be started' spawn.err)" -eq 0 ]
	# Of each it is told how it ended, if only that it never began.
	[ "$(recorded '"exit","status":1,"signal":0,"tries":[01],"end":"unstarted","why":"not started: the job has ended"}')" -ge $((43 - n)) ]
	[ "$(recorded '"event":"(exit|unanswered)"')" -eq 40 ]
}

@test "sv-spawn is interrupted" {
	cloud '{"times":1,"status":429,"headers":{"Retry-After":"30"}}' "$sync"
	start_job_calls 4 -u "$url" : -- fakemaster -n 1000 -p 50
	four() {
		[ "$(wc -l <requests)" -eq 4 ]
	}
	within 20 four
	kill -INT "$(pids_of spawn)"
	began=$SECONDS
	finish
	[ $((SECONDS - began)) -lt 20 ]
	[ "$status" -eq 1 ]
	ends 1 'sv-spawn is gone'
	[ "$(grep -c 'worker lost' hub.err)" -eq 0 ]
	[ "$(recorded '"end":"unstarted"')" -le 1 ]
	nothing_left
	[ "$(wc -l <requests)" -eq 4 ]
}

@test "calls that are not answered at the end are not waited for" {
	cloud '{"times":100,"run":"fakeworker >/dev/null; sleep 300","wait":true}'
	calls 2 -u "$url" --grace 0.5 : -- fakemaster
	[ "$status" -eq 0 ]
	[ "$(recorded '"event":"unanswered","status":0,"why":"the job is over"')" -eq 2 ]
	[ "$took" -lt 15 ]
}

@test "what is too long is said before anything is sent" {
	/usr/bin/python3 -c 'import xxhash' 2>/dev/null ||
	    skip "python3-xxhash is not installed"
	cloud "$async"
	# A share is part of the invocation, and says where its file is.
	$gen | sv-shard -w 2 -o s | /usr/bin/python3 -c '
import json, struct, sys
from xxhash import xxh3_64_intdigest as checksum
head = sys.stdin.buffer.read(80)
length = struct.unpack("<Q", head[48:56])[0]
n = struct.unpack("<I", head[36:40])[0]
text = json.loads(sys.stdin.buffer.read(length)[:n])
text["shards"][1]["url"] = "file:///" + int(sys.argv[1]) * "x"
text = json.dumps(text).encode()
data = text + bytes(-len(text) % 8)
head = head[:36] + struct.pack("<I", len(text)) + head[40:48] + \
    struct.pack("<Q", len(data)) + head[56:64] + \
    struct.pack("<Q", checksum(data))
sys.stdout.buffer.write(head + struct.pack("<Q", checksum(head)) + data)
' 1100000 >problem
	gen="cat problem"
	calls 2 -u "$url" --async : -- fakemaster
	[ "$status" -eq 1 ]
	[ ! -s requests ]
	grep -qx 'sv-spawn: shard 1: the invocation has 1100[0-9]* bytes, and an asynchronous call takes 1048576 at most' spawn.err
	nothing_left
	# What is waited for may have six times that.
	cloud '{"body":{"errorType":"Function.ShardUnreadable","errorMessage":"no"}}'
	calls 2 -u "$url" : -- fakemaster
	fails 'Function.ShardUnreadable'
	[ "$(asked '.body | length > 1000000' | sort | tr '\n' ' ')" = "false true " ]
	[ "$(asked '.headers.expect' | sort -u)" = null ]
}

@test "a thousand workers" {
	[ "$(ulimit -Hn)" = unlimited ] || [ "$(ulimit -Hn)" -gt 2500 ] ||
	    skip "too few open files are allowed"
	cloud '{"after":1000,"headers":{"X-Amz-Function-Error":"x"},"body":{"errorType":"Function.HubUnreachable","errorMessage":"no"}}'
	gen="sv-gen -n 2000 -d 3 -p 1"
	limit=100
	(ulimit -Sn 256; calls 1000 -u "$url" : -- fakemaster)
	grep -q "its worker failed: Function.HubUnreachable: no" hub.err
	# All were under way at a time.
	[ "$(wc -l <requests)" -eq 1000 ]
	nothing_left 20
}
