# sv-lambda: function URLs, gateways, limits, retries, and its own beginning and
# end.  The function is a shell script that does what the event tells it to.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	export TMPDIR=$BATS_TEST_TMPDIR
	unset "${!AWS_@}" http_proxy all_proxy ALL_PROXY
	cat >bootstrap <<-'END'
		#!/bin/sh
		r=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation
		t=$(mktemp -d)
		while curl -sS -D "$t/head" -o "$t/event" "$r/next"; do
			id=$(tr -d '\r' <"$t/head" |
			    sed -n 's/^lambda-runtime-aws-request-id: //ip')
			do=$(jq -r 'if type != "object" then ""
			    else .queryStringParameters.do? // .do // .body //
			    "" end' <"$t/event")
			end=response
			eval "${do:-cat "$t/event"}" >"$t/answer"
			curl -sS -o /dev/null --data-binary "@$t/answer" \
			    "$r/$id/$end" || exit
		done
	END
	zip_of f.zip bootstrap
	cat >lib.sh <<-'END'
		u=$AWS_ENDPOINT_URL
		functions=$u/2015-03-31/functions
		get() {
			curl -sS -m 60 -D head "$@"
		}
		# call FUNCTION SCRIPT [CURL-OPTION...]: the answer on stdout.
		call() {
			f=$1
			jq -nc --arg do "$2" '{$do}' >request
			shift 2
			get "$functions/$f/invocations" --data-binary @request \
			    "$@"
		}
		event() {
			call "$@" -H 'X-Amz-Invocation-Type: Event'
			is 202
		}
		# make_url FUNCTION TYPE: print its URL.
		make_url() {
			get "$u/2021-10-31/functions/$1/url" \
			    -d "{\"AuthType\":\"$2\"}" | jq -r .FunctionUrl
		}
		# do_text URL SCRIPT: have it run by a function URL or a gateway.
		do_text() {
			get "$1" -H 'Content-Type: text/plain' --data-binary "$2"
		}
		is() {
			# 100 Continue may have come before.
			grep '^HTTP' head | tail -n 1 | grep -q " $1 " || {
				cat head
				exit 1
			}
		}
		# header RE: one of the headers is like it.
		header() {
			tr -d '\r' <head | grep -Eqi "^$1\$" || {
				cat head
				exit 1
			}
		}
		# same A B
		same() {
			[ "$1" = "$2" ] || {
				printf '%s\n' "not the same:" "$1" "$2"
				exit 1
			}
		}
		# logged N RE: within 10 s, RE is N times in the log.
		logged() {
			i=0
			until [ "$(grep -Ec "$2" log)" -ge "$1" ]; do
				i=$((i + 1))
				[ "$i" -lt 200 ] || {
					echo "not $1 times: $2"
					exit 1
				}
				sleep 0.05
			done
			same "$(grep -Ec "$2" log)" "$1"
		}
	END
}

# zip_of ZIP BOOTSTRAP
zip_of() {
	/usr/bin/python3 - "$@" <<-'END'
		import sys, zipfile
		i = zipfile.ZipInfo("bootstrap")
		i.create_system = 3
		i.external_attr = 0o100755 << 16
		with zipfile.ZipFile(sys.argv[1], "w") as z:
		    z.writestr(i, open(sys.argv[2]).read())
	END
}

# The processes of functions of this test, and sv-lambda's directory.
left() {
	grep -lszF "$TMPDIR/sv-lambda-" /proc/[0-9]*/environ || true
	find "$TMPDIR" -maxdepth 1 -name 'sv-lambda-*'
}

# lambda OPTION... <SCRIPT: run the script as the command of an sv-lambda.
lambda() {
	{
		echo '. ./lib.sh'
		cat
	} >script
	status=0
	timeout -k 5 100 sv-lambda -b 127.0.0.1:0 --log log "$@" -- \
	    sh -eu script >out 2>err || status=$?
	echo "status $status"
	tail -n 40 out err log
	[ "$status" -eq 0 ]
	[ -z "$(left)" ]
}

# start OPTION...: sv-lambda in the background; $pid, $url.
start() {
	sv-lambda -b 127.0.0.1:0 --log log --ready ready "$@" >out 2>err 3>&- &
	pid=$!
	for _ in $(seq 200); do
		[ ! -e ready ] || break
		sleep 0.05
	done
	url=$(cat ready)
}

# finish: wait for it; $status.
finish() {
	status=0
	wait "$pid" || status=$?
}

@test "a function URL makes an event of a request" {
	lambda -F f=f.zip <<'END'
U=$(make_url f NONE)
get "${U}a/b%20c?x=1&y=a+b%26&x=2" -H 'Cookie: p=1; q=2' -H 'X-Mine: 1' \
    -H 'x-mine: 2' -X PATCH >e
header 'content-type: application/json'
id=${U%/}
id=${id##*/}
same "$(jq -c '[.version, .routeKey, .rawPath, .rawQueryString, .cookies,
    .queryStringParameters, .headers["x-mine"], .headers.cookie, .body,
    .isBase64Encoded]' e)" '["2.0","$default","/a/b%20c","x=1&y=a+b%26&x=2",["p=1","q=2"],{"x":"1,2","y":"a b&"},"1,2",null,null,false]'
same "$(jq -c '.requestContext | [.accountId, .apiId, .domainPrefix,
    .routeKey, .stage, .http.method, .http.path, .http.protocol,
    .http.sourceIp, .authorizer]' e)" "[\"anonymous\",\"$id\",\"$id\",\"\$default\",\"\$default\",\"PATCH\",\"/a/b%20c\",\"HTTP/1.1\",\"127.0.0.1\",null]"
jq -e '.requestContext | (.requestId | length == 36) and
    (.timeEpoch > 1700000000000) and (.domainName == "'"${u#http://}"'") and
    (.http.userAgent | startswith("curl"))' e
jq -r .requestContext.time e |
    grep -Eqx '[0-3][0-9]/[A-Z][a-z]+/20[0-9]{2}:[0-9:]{8} \+0000'
# The same by name, as on AWS.
get "$u/p" -H "Host: $id.lambda-url.us-east-1.on.aws" >e
same "$(jq -c '[.rawPath, .rawQueryString, .requestContext.domainName]' e)" \
    "[\"/p\",\"\",\"$id.lambda-url.us-east-1.on.aws\"]"
END
}

@test "bodies go into events as text or in base64" {
	lambda -F f=f.zip <<'END'
U=$(make_url f NONE)
for type in application/json 'text/plain; charset=utf-8' a/b+json; do
	get "$U?do=" -H "Content-Type: $type" -d 'a text' >e
	same "$(jq -c '[.body, .isBase64Encoded]' e)" '["a text",false]'
done
for type in application/octet-stream application/x-www-form-urlencoded; do
	get "$U?do=" -H "Content-Type: $type" -d 'a text' >e
	same "$(jq -c '[.body, .isBase64Encoded]' e)" '["YSB0ZXh0",true]'
done
# It is no text, whatever it is called.
printf '\377\376' | get "$U?do=" -H 'Content-Type: text/plain' \
    --data-binary @- >e
same "$(jq -c '[.body, .isBase64Encoded]' e)" '["//4=",true]'
get "$U?do=" >e
jq -e 'has("body") | not' e
# Too long for an event.
head -c 6291456 /dev/zero | tr '\0' x | get "$U" -H 'Content-Type: text/plain' \
    --data-binary @- >e
is 413
END
}

@test "an answer says what the reply is, or is the reply" {
	lambda -F f=f.zip <<'END'
U=$(make_url f NONE)
do_text "$U" 'printf %s "{\"statusCode\":201,\"headers\":{\"X-A\":\"b\",\"n\":7,
    \"content-length\":\"99\",\"bad name\":\"x\",\"y\":\"a\\r\\nZ: 1\"},
    \"cookies\":[\"a=1\",\"b=2\"],
    \"body\":\"aGVsbG8=\",\"isBase64Encoded\":true}"' >body
is 201
same "$(cat body)" hello
header 'X-A: b'
header 'n: 7'
header 'Set-Cookie: a=1'
header 'Set-Cookie: b=2'
header 'Content-Type: application/json'
header 'Content-Length: 5'
same "$(grep -Eci '^(bad|y|z)' head)" 0
do_text "$U" 'echo "{\"statusCode\":204}"'
is 204
same "$(do_text "$U" 'echo "[1, 2]"')" '[1, 2]'
is 200
header 'content-type: application/json'
same "$(do_text "$U" 'echo "{\"statusCode\":200,\"body\":{\"a\":1}}"')" '{"a":1}'
for bad in '{\"statusCode\":99}' '{\"statusCode\":\"x\"}' 'no JSON' \
    '{\"statusCode\":200,\"body\":\"?\",\"isBase64Encoded\":true}'; do
	same "$(do_text "$U" "echo \"$bad\"")" 'Internal Server Error'
	is 502
done
same "$(do_text "$U" 'end=error; echo {}')" 'Internal Server Error'
is 502
same "$(do_text "$U" 'exit 3')" 'Internal Server Error'
is 502
get "$u/url/nosuch/" >body
is 403
get "$u/url/" >body
is 403
END
}

@test "a function URL with AWS_IAM wants a signature, and the API as well" {
	printf '# keys\n\nAKID s:ecret/1\nTEMP other token\n' >keys
	start --keys keys -F f=f.zip
	. ./lib.sh <<<"" || true
	sign=(--aws-sigv4 aws:amz:us-east-1:lambda --user)
	ask() { curl -sS -m 20 -o body -w '%{http_code}\n' "$@"; }
	api=$url/2015-03-31/functions/f/invocations
	[ "$(ask "$api" -d '{}')" -eq 403 ]
	jq -e .message body
	[ "$(ask "$api" -d '{}' "${sign[@]}" 'AKID:s:ecret/1')" -eq 200 ]
	[ "$(ask "$api" -d '{}' "${sign[@]}" 'AKID:wrong')" -eq 403 ]
	[ "$(ask "$api" -d '{}' "${sign[@]}" 'NOBODY:s:ecret/1')" -eq 403 ]
	[ "$(ask "$api" -d '{}' "${sign[@]}" 'TEMP:other')" -eq 403 ]
	[ "$(ask "$api" -d '{}' "${sign[@]}" 'TEMP:other' \
	    -H 'X-Amz-Security-Token: token')" -eq 200 ]
	[ "$(ask "$api" -d '{}' --aws-sigv4 aws:amz:us-east-1:s3 \
	    --user 'AKID:s:ecret/1')" -eq 403 ]
	[ "$(ask "$url/2021-10-31/functions/f/url" -d '{"AuthType":"AWS_IAM"}' \
	    "${sign[@]}" 'AKID:s:ecret/1')" -eq 201 ]
	U=$(jq -r .FunctionUrl body)
	[ "$(ask "$U")" -eq 403 ]
	[ "$(ask "${U}a" "${sign[@]}" 'AKID:s:ecret/1')" -eq 200 ]
	jq -e '.requestContext.authorizer.iam.accountId == "000000000000"' body
	[ "$(ask "${U}a" "${sign[@]}" 'AKID:wrong')" -eq 403 ]
	# Secrets are for nobody's eyes.
	! grep -F ecret out err log
	kill -INT "$pid"
	finish
	[ "$status" -eq 0 ]
	printf 'AKID\n' >keys
	run sv-lambda -b 127.0.0.1:0 --keys keys
	[ "$status" -eq 1 ]
	[[ "$output" = *"keys:1: expected ACCESS_KEY SECRET"* ]]
}

@test "a gateway without proxy passes the body on, and back" {
	lambda -F f=f.zip --retry-scale 0 <<'END'
g=$u/gateway/f
same "$(get "$g" -d '{"a":[1,2]}')" '{"a":[1,2]}'
same "$(get "$g" -d '')" '{}'
# An error is a body like any other.
get "$g" -d '{"do":"exit 3"}' >body
is 200
same "$(jq -r .errorType body)" Runtime.ExitError
same "$(get "$g" -d '{"do":"echo event is run >&2"}' -H 'InvocationType: Event')" ''
is 200
logged 1 'event is run'
get "$g" -d '{bad' >body
is 400
get "$g" >body
is 403
get "$u/gateway/nosuch" -d '{}' >body
is 404
END
}

@test "a gateway with proxy makes an event, and wants a reply described" {
	lambda -F f=f.zip,concurrency=0 -F g=f.zip <<'END'
p=$u/gateway-proxy/g
get "$p/a/b?x=1&x=2" -H 'X-Mine: 1' -H 'X-Mine: 2' --data-binary \
    'jq -c "{statusCode: 200, body: tojson}" <"$t/event"' >e
is 200
same "$(jq -c '[.resource, .path, .httpMethod, .headers["X-Mine"],
    .multiValueHeaders["X-Mine"], .queryStringParameters,
    .multiValueQueryStringParameters, .pathParameters, .stageVariables,
    .isBase64Encoded, .requestContext.httpMethod,
    .requestContext.identity.sourceIp]' e)" '["/{proxy+}","/a/b","POST","2",["1","2"],{"x":"2"},{"x":["1","2"]},{"proxy":"a/b"},null,false,"POST","127.0.0.1"]'
same "$(do_text "$p" 'echo "{\"statusCode\":200,\"body\":\"hi\",
    \"multiValueHeaders\":{\"X\":[\"1\",\"2\"]}}"')" hi
header 'X: 1'
header 'X: 2'
for bad in '{}' '{\"statusCode\":200,\"body\":{}}' '[]'; do
	same "$(do_text "$p" "echo \"$bad\"")" '{"message": "Internal server error"}'
	is 502
done
do_text "$p" 'exit 1' >body
is 502
# Throttled: the gateway does not say so.
do_text "$u/gateway-proxy/f" : >body
is 500
END
}

@test "a gateway gives up after 29 s, the function does not" {
	lambda -F f=f.zip <<'END'
get "$u/gateway/f" -d '{"do":"sleep 29.5; echo still here >&2"}' \
    -w '\n%{time_total}\n' >body
is 504
same "$(sed -n 1p body)" '{"message": "Endpoint request timed out"}'
sed -n 2p body | grep -Eq '^(29\.|30\.)'
logged 1 'still here'
logged 1 '^REPORT'
END
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
	! grep -q '^turn.*turn' log
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

@test "the end: no process and no directory is left" {
	start -F f=f.zip
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
	# Who waited is told.
	wait "$waiting"
	jq -e '.errorType == "Runtime.ExitError"' body
	left
	[ -z "$(left)" ]
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

@test "what makes no sense is refused" {
	for bad in '-b 127.0.0.1' '-b 0.0.0.0:0' '-b nosuch:1' '-b [::]:0'; do
		# shellcheck disable=SC2086
		run -1 sv-lambda $bad
		[ "$(wc -l <<<"$output")" -eq 1 ]
	done
	for bad in '-F x' '-F =f.zip' '-F a/b=f.zip' '-F f=f.zip,memory=127' \
	    '-F f=f.zip,timeout=901' '-F f=f.zip,concurrency=-1' \
	    '-F f=f.zip,x=1' '--burst 0' '--keep -1' '--fail-rate 1.1' \
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
