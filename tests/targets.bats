# sv-spawn -u and -l: where to, as whom, and how that is kept.

setup() {
	load calls.bash
	calls_setup
}

teardown() {
	calls_teardown
}

# refused STATUS RE SPAWN-ARGUMENT...: it says so in one line and ends.
refused() {
	local want=$1 re=$2
	shift 2
	spawn_on problem -w 1 "$@"
	[ "$status" -eq "$want" ]
	[ ! -s spawn.out ]
	head -n 1 spawn.err | grep -Eq "^sv-spawn: .*$re"
	[ "$(wc -l <spawn.err)" -le $((want == 2 ? 2 : 1)) ]
}

@test "options that do not go together" {
	$gen >problem
	refused 2 'only one of them' -x a -u http://127.0.0.1/
	refused 2 'only one of them' -l f -u http://127.0.0.1/
	refused 2 'which command' -u ''
	refused 2 'which command' -l ''
	refused 2 'async: for -u and -l' -x a --async
	refused 2 'rate: for -u and -l' -x a --rate 1
	refused 2 'sigv4: for -u' -l f --sigv4
	refused 2 'endpoint-url: for -l' -u http://127.0.0.1/ --endpoint-url x
	refused 2 'service: for --sigv4' -u http://127.0.0.1/ --service x
	refused 2 'region: for -l and --sigv4' -u http://127.0.0.1/ --region x
	refused 2 'rate.*0' -l f --rate 0
	refused 2 'tries.*0' -l f --tries 0
}

@test "URLs that are none, or would tell a secret" {
	$gen >problem
	refused 1 '-u: expected http:// or https://' -u ftp://127.0.0.1/
	refused 1 '-u: ' -u nonsense
	refused 1 '-u: ' -u 'http://127.0.0.1:99999/'
	refused 1 '-u: a name or password' -u http://me:geheim@127.0.0.1/
	! grep -q geheim spawn.err || false
	refused 1 '-l geheim/x: expected the name or ARN' -l geheim/x
	refused 1 'endpoint-url: expected http' -l f --endpoint-url ftp://h/
	refused 1 'endpoint-url: expected a URL without' -l f --endpoint-url http://h/?a
	# Signed requests have a token in them.
	refused 1 'unencrypted.*--insecure' -l f --endpoint-url http://192.0.2.1/
	refused 1 'unencrypted.*--insecure' -l f --endpoint-url http://127.0.0.1.example.invalid/
	refused 1 'unencrypted.*--insecure' --sigv4 --service s -u http://192.0.2.1/
}

@test "--sigv4: service and region of the host, or said" {
	cloud "$async"
	calls 1 -u "$url/x%3Ay?b=1&a=%20" --sigv4 --service execute-api : -- fakemaster
	[ "$status" -eq 0 ]
	asked .headers.authorization | grep -q '/us-east-1/execute-api/aws4_request, SignedHeaders=content-type;host;x-amz-date, '
	: >requests
	calls 1 -u "$url/" --sigv4 --service s --region r-1 : -- fakemaster
	asked .headers.authorization | grep -q '/r-1/s/aws4_request'
	$gen >problem
	refused 1 'which service is at 127.0.0.1:[0-9]*\? \(--service\)' --sigv4 -u "$url"
	refused 1 "'a/b' is no AWS region" --sigv4 --service s -u "$url" --region a/b
	unset AWS_REGION
	refused 1 'which AWS region\?' --sigv4 --service s -u "$url"
	nothing_left
}

@test "credentials of the environment, of files, of a profile" {
	cloud "$async"
	export AWS_ENDPOINT_URL=$url AWS_SESSION_TOKEN=T0kEn
	calls 1 -l f --async : -- fakemaster
	[ "$status" -eq 0 ]
	[ "$(asked '.headers["x-amz-security-token"]')" = T0kEn ]
	asked .headers.authorization | grep -q ';x-amz-security-token, Sig'
	unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_REGION
	mkdir .aws
	printf '[default]\naws_access_key_id=AKFILE\naws_secret_access_key=S\n' >.aws/credentials
	printf '[profile p]\nregion=eu-x-1\naws_access_key_id=AKPROFILE\naws_secret_access_key=S\n[default]\nregion=eu-y-1\n' >.aws/config
	: >requests
	calls 1 -l f --async : -- fakemaster
	asked .headers.authorization | grep -q 'Credential=AKFILE/[0-9]*/eu-y-1/lambda'
	: >requests
	AWS_PROFILE=p calls 1 -l f --async : -- fakemaster
	asked .headers.authorization | grep -q 'Credential=AKPROFILE/[0-9]*/eu-x-1/lambda'
	mv .aws/credentials c
	: >requests
	AWS_SHARED_CREDENTIALS_FILE=c calls 1 -l f --region r --async : -- fakemaster
	asked .headers.authorization | grep -q 'Credential=AKFILE/[0-9]*/r/lambda'
	$gen >problem
	refused 1 'no AWS credentials in the environment' -l f
	printf '[default]\nsso_session=x\nregion=r\n' >.aws/config
	refused 1 'single sign-on.*aws configure export-credentials' -l f
	AWS_PROFILE=q refused 1 "there is no profile 'q'" -l f --region r
	nothing_left
}

@test "the endpoint: an option, two variables" {
	cloud "$async"
	AWS_ENDPOINT_URL=http://127.0.0.1:1 AWS_ENDPOINT_URL_LAMBDA=$url \
	    calls 1 -l f --async : -- fakemaster
	[ "$status" -eq 0 ]
	AWS_ENDPOINT_URL_LAMBDA=http://127.0.0.1:1 calls 1 -l f --async \
	    --endpoint-url "$url/base/" : -- fakemaster
	[ "$status" -eq 0 ]
	[ "$(asked .path | tail -n 1)" = /base/2015-03-31/functions/f/invocations ]
	nothing_left
}

@test "secrets are in no argument, record or message" {
	export AWS_SESSION_TOKEN=T0kEn/secret
	# What a platform repeats of a request in its anger.
	cloud "{\"status\":403,\"body\":{\"message\":\"The Canonical String should have been x-amz-security-token:$AWS_SESSION_TOKEN and not $AWS_SECRET_ACCESS_KEY\"}}"
	calls 2 -l f --endpoint-url "$url" -v : -- fakemaster
	[ "$status" -eq 1 ]
	grep -q 'x-amz-security-token:\*\*\*\*' spawn.err
	run grep -F -e T0kEn -e sEcReT spawn.err hub.err "$out" records
	[ "$status" -eq 1 ]
	# Workers that are commands do not even get it in a new place.
	nothing_left
}

@test "a hub that workers cannot reach" {
	# Nothing listens there, and nothing is sent: it is not resolved.
	calls 1 -u http://no-such-host.invalid/ --tries 1 : -- fakemaster
	[ "$status" -eq 1 ]
	grep -q 'workers at no-such-host.invalid will not reach the hub at tcp://127.0.0.1:[0-9]*, which is this machine only: see sv-hub -b and -a' spawn.err
	# An address that only looks like it is not here is told as it is.
	calls 1 -u http://no-such-host.invalid/ --tries 1 : -a tcp://hub.example:1 -- fakemaster
	run grep -c 'will not reach' spawn.err
	[ "$output" -eq 0 ]
	nothing_left
}

@test "proxies: none for this machine" {
	cloud "$async"
	http_proxy=http://127.0.0.1:1 ALL_PROXY=http://127.0.0.1:1 \
	    calls 1 -u "$url" : -- fakemaster
	[ "$status" -eq 0 ]
	# For another one it is asked.
	cloud "$async"
	http_proxy=$url calls 1 -u http://h.invalid/p : -- fakemaster
	[ "$status" -eq 0 ]
	[ "$(asked .path)" = http://h.invalid/p ]
	# What it does not let through was not sent.
	https_proxy=$url calls 1 -u https://h.invalid/ --tries 2 : -- fakemaster
	fails 'could not be started: .*(2 tries)'
	[ "$(recorded '"unanswered"')" -eq 0 ]
	nothing_left
}

# make_certificate: both.pem and cert.pem, for 127.0.0.1.
make_certificate() {
	command -v openssl >/dev/null || skip "openssl is not installed"
	openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem \
	    -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 \
	    2>/dev/null
	cat cert.pem key.pem >both.pem
}

# More of them than streams that libcurl has on one.
@test "HTTP/2: calls share connections" {
	command -v node >/dev/null || skip "node is not installed"
	make_certificate
	gen="sv-gen -n 500 -d 3 -p 1"
	env -u SV_TEST_MARK node "$SV_SRCDIR/tests/http2.js" both.pem 250 \
	    >http2.log 3>&- &
	cloud_pid=$!
	within 10 test -s http2.log
	CURL_CA_BUNDLE=cert.pem calls 250 -u "https://127.0.0.1:$(head -n 1 http2.log)/" \
	    : -- fakemaster
	fails 'failed: Function.HubUnreachable: all at a time'
	[ "$(grep -c request http2.log)" -eq 250 ]
	# libcurl takes 100 for the limit until the server has told its own, and
	# before 8.0 gives each of those beyond it a connection.
	[ "$(grep -c connection http2.log)" -le 151 ]
}

@test "TLS: workers that are waited for, all at a time, and who is trusted" {
	make_certificate
	certificate=both.pem
	cloud "$sync"
	for name in AWS_CA_BUNDLE CURL_CA_BUNDLE; do
		export "$name=cert.pem"
		calls 4 -u "$url" : -- fakemaster
		unset "$name"
		[ "$status" -eq 0 ]
		[ "$(wc -l <requests)" -eq 4 ]
		: >requests
	done
	calls 2 -u "$url" : -- fakemaster
	fails 'could not be started: .*certificate'
	[ ! -s requests ]
	grep -q '2 of 2 workers could not be started: .*certificate' spawn.err
	AWS_CA_BUNDLE=nowhere.pem calls 1 -u "$url" : -- fakemaster
	fails 'could not be started: .*(certificate|CA|nowhere)'
}

@test "--probe" {
	cloud "$sync"
	$gen >problem
	for way in "-u $url/x" "-l f --endpoint-url $url"; do
		# shellcheck disable=SC2086
		spawn_on problem --probe $way
		[ "$status" -eq 0 ]
		[ ! -s spawn.err ]
		grep -Eq "^worker      ($url/x|f)\$" spawn.out
		grep -q '^loading  *0\.250 s$' spawn.out
	done
	cloud "$async"
	spawn_on problem --probe -u "$url"
	[ "$status" -eq 0 ]
	cloud '{"status":404,"headers":{"x-amzn-errortype":"ResourceNotFoundException"},"body":{"Message":"none"}}'
	spawn_on problem --probe -l f --endpoint-url "$url"
	[ "$status" -eq 1 ]
	[ "$(head -n 1 spawn.err)" = 'sv-spawn: the worker could not be started: 404 ResourceNotFoundException: none' ]
	[ "$(wc -l <spawn.err)" -eq 1 ]
	cloud '{"headers":{"X-Amz-Function-Error":"Unhandled"},"body":{"errorType":"Function.HubUnreachable","errorMessage":"shard 0: no route"}}'
	spawn_on problem --probe -l f --endpoint-url "$url"
	[ "$status" -eq 1 ]
	[ "$(cat spawn.err)" = 'sv-spawn: the worker failed: Function.HubUnreachable: shard 0: no route' ]
	nothing_left
}
