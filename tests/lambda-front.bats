# sv-lambda: what function URLs and gateways make of requests and of answers.

bats_require_minimum_version 1.5.0

setup() {
	load scripts.bash
	scripts_setup
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
	! grep -F ecret out err log || false
	kill -INT "$pid"
	finish
	[ "$status" -eq 0 ]
	printf 'AKID\n' >keys
	run sv-lambda -b 127.0.0.1:0 --keys keys
	[ "$status" -eq 1 ]
	[[ "$output" = *"keys:1: expected ACCESS_KEY SECRET"* ]]
}

@test "a gateway without proxy passes the body on, and back" {
	lambda -F f=f.zip -F "$(printf %064d 0)=f.zip" --retry-scale 0 <<'END'
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
n=$(printf %064d 0)
get "$u/gateway/$n" -d 1 >body
is 200
get "$u/gateway/${n}x" -d 1 >body
is 404
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
