# sv-lambda as the AWS CLI sees it: each answer is one that it understands, and
# each error has the name that a real account gives it.

setup() {
	load jobs.bash
	load functions.bash
	load clients.bash
	jobs_setup
	clients_setup
	aws_cli
	limit=120
	cat >create.sh <<'END'
# Versions before 2.13 do not know AWS_ENDPOINT_URL.
lambda="$aws --endpoint-url $AWS_ENDPOINT_URL lambda"
create() {
	name=$1
	shift
	$lambda create-function --function-name "$name" --handler any.thing \
	    --runtime provided.al2023 --zip-file fileb://function.zip \
	    --role arn:aws:iam::000000000000:role/tester "$@"
}
# call NAME PAYLOAD OPTION...: the answer is in answer, what is said in said.
call() {
	name=$1 payload=$2
	shift 2
	$lambda invoke --function-name "$name" --payload "$payload" \
	    --cli-binary-format raw-in-base64-out "$@" answer >said
}
# refused ERROR COMMAND...: it fails with this error.
refused() {
	error=$1
	shift
	if "$@" >refused.out 2>refused.err; then
		return 1
	fi
	cat refused.err
	grep -qF "($error)" refused.err
}
END
}

teardown() {
	jobs_teardown
}

# Run script, which must succeed.
clients() {
	cloud '. ./create.sh; set -ex; . ./script' "$@"
	[ "$status" -eq 0 ]
	nothing_left
}

@test "the life of a function" {
	function_make second.zip 2
	cat >script <<'END'
create f --environment 'Variables={COLOUR=blue}' --tags a=b >created
$lambda wait function-active-v2 --function-name f
call f '{"a":[1,2]}' --log-type Tail
$lambda update-function-code --function-name f \
    --zip-file fileb://second.zip >updated
$lambda wait function-updated-v2 --function-name f
$lambda update-function-configuration --function-name f --timeout 7 \
    --memory-size 256 --environment 'Variables={COLOUR=red}' >changed
$lambda wait function-updated-v2 --function-name f
cp answer first
call f '{"variable":"COLOUR"}'
cp answer second
$lambda get-function --function-name f >got
$lambda list-functions >listed
$lambda delete-function --function-name f
refused ResourceNotFoundException $lambda get-function --function-name f
curl -s -o /dev/null -w '%{http_code}' "$(jq -r .Code.Location got)" >gone
END
	clients
	jq -e '.State == "Pending" and .Version == "$LATEST" and .FunctionArn ==
	    "arn:aws:lambda:us-east-1:000000000000:function:f"' created
	jq -e '.event.a == [1,2] and .version == 1' first
	[ "$(cat second)" = '"red"' ]
	sha=$(python3 -c 'import base64, hashlib, sys
print(base64.b64encode(hashlib.sha256(sys.stdin.buffer.read()).digest()).decode())' \
	    <second.zip)
	jq -e --arg sha "$sha" '.CodeSha256 == $sha and
	    .LastUpdateStatus == "InProgress"' updated
	jq -e '.Timeout == 7 and .MemorySize == 256' changed
	jq -e --arg sha "$sha" '.Configuration.CodeSha256 == $sha and
	    .Configuration.State == "Active" and .Tags.a == "b" and
	    .Configuration.LastUpdateStatus == "Successful"' got
	jq -e '[.Functions[].FunctionName] == ["f"]' listed
	[ "$(cat gone)" = 404 ]
	grep -q '^START RequestId: [0-9a-f-]* Version: $LATEST' log
	grep -q '^event {"a":' log
}

@test "answers, errors and logs of calls" {
	cat >script <<'END'
call f '{"fail":"no"}' --log-type Tail
jq -e '.StatusCode == 200 and .FunctionError == "Unhandled" and
    .ExecutedVersion == "$LATEST"' said
jq -e '.errorMessage == "no" and .errorType == "Function.Asked"' answer
jq -r .LogResult said | base64 -d >tail
call f '{"exit":3}'
jq -e '.FunctionError == "Unhandled"' said
jq -e '.errorType == "Runtime.ExitError"' answer
call f '{"sleep":60}'
jq -e '.errorMessage | test("Task timed out after 1.00 seconds")' answer
call f '{}' --invocation-type DryRun
jq -e '.StatusCode == 204' said
call f "{\"file\":\"$PWD/done\"}" --invocation-type Event
jq -e '.StatusCode == 202 and has("ExecutedVersion") == false' said
i=0
until [ -e done ] || [ $((i += 1)) -gt 200 ]; do sleep 0.1; done
[ -e done ]
call f 1 --client-context "$(printf '{"x": 1}' | base64)"
jq -e '.context == "{\"x\":1}"' answer
END
	clients -F f=function.zip,timeout=1
	grep -q '^START RequestId' tail
	grep -q '^REPORT RequestId.*Billed Duration' tail
	grep -q '^event {"fail"' tail
}

@test "function URLs, concurrency, asynchronous calls, permissions" {
	cat >script <<'END'
$lambda create-function-url-config --function-name f --auth-type NONE >url
$lambda add-permission --function-name f --statement-id open \
    --action lambda:InvokeFunctionUrl --principal '*' \
    --function-url-auth-type NONE | jq -r .Statement | jq -e \
    '.Sid == "open" and .Condition.StringEquals != null'
curl -s -d '{"k":1}' -H 'Content-Type: application/json' \
    "$(jq -r .FunctionUrl url)some/where?q=1" >answer
jq -e '.event.version == "2.0" and .event.rawPath == "/some/where" and
    .event.body == "{\"k\":1}" and .event.rawQueryString == "q=1"' answer
$lambda put-function-event-invoke-config --function-name f \
    --maximum-retry-attempts 0 --maximum-event-age-in-seconds 60 >async
jq -e '.MaximumRetryAttempts == 0 and .MaximumEventAgeInSeconds == 60' async
$lambda get-account-settings | jq -e \
    '.AccountLimit.UnreservedConcurrentExecutions == 1000'
$lambda put-function-concurrency --function-name f \
    --reserved-concurrent-executions 0
refused TooManyRequestsException call f 1
$lambda delete-function-concurrency --function-name f
call f 1
$lambda delete-function-url-config --function-name f
refused ResourceNotFoundException $lambda get-function-url-config \
    --function-name f
END
	clients -F f=function.zip
}

@test "versions, tags, and names in all their forms" {
	cat >script <<'END'
arn=arn:aws:lambda:eu-central-1:000000000000:function:f
$lambda publish-version --function-name f | jq -e '.Version == "1"'
$lambda update-function-configuration --function-name f \
    --environment 'Variables={COLOUR=red}' >/dev/null
for name in f:1 000000000000:function:f:1 $arn:1; do
	call $name '{"variable":"COLOUR"}'
	jq -e '.ExecutedVersion == "1"' said
	[ "$(cat answer)" = null ]
done
call f 7 --qualifier 1
jq -e --arg arn "$arn:1" '.arn == $arn and .event == 7' answer
call f '{"variable":"COLOUR"}' --qualifier '$LATEST'
[ "$(cat answer)" = '"red"' ]
$lambda tag-resource --resource $arn --tags a=b,c=d
$lambda untag-resource --resource $arn --tag-keys a
$lambda list-tags --resource $arn | jq -e '.Tags == {"c":"d"}'
$lambda delete-function --function-name f:1
$lambda list-versions-by-function --function-name f |
    jq -e '[.Versions[].Version] == ["$LATEST"]'
refused ResourceNotFoundException call f:1 7
END
	clients -F f=function.zip --region eu-central-1
}

@test "what is refused, by its name" {
	head -c 6300000 /dev/zero | tr '\0' 1 >large
	head -c 52428801 /dev/zero >pad
	/usr/bin/python3 -c 'import zipfile
zipfile.ZipFile("large.zip", "w").write("pad")
zipfile.ZipFile("up.zip", "w").writestr("../up", "")'
	cat >script <<'END'
refused ResourceNotFoundException call g 1
refused ResourceConflictException create f
refused InvalidRequestContentException call f '{"a":'
refused RequestTooLargeException call f fileb://large
refused InvalidParameterValueException create g \
    --zip-file fileb://up.zip
grep -q 'Could not unzip uploaded file. Please check' refused.err
refused RequestEntityTooLargeException create g --zip-file fileb://large.zip
refused InvalidParameterValueException create g \
    --environment Variables={AWS_REGION=x}
grep -q 'keys used in this request: AWS_REGION' refused.err
refused ValidationException create g --memory-size 10241
END
	clients -F f=function.zip
}

@test "signatures" {
	printf 'AKIDEXAMPLE wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY\n' >keys
	printf 'ASIATOKEN secret:with/colon tok/en+1=\n' >>keys
	cat >script <<'END'
export AWS_ACCESS_KEY_ID=AKIDEXAMPLE
export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY
call f '{"a":"b c"}' --qualifier '$LATEST'
refused ResourceNotFoundException $lambda get-function --function-name g:1
export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEYS
refused InvalidSignatureException call f 1
export AWS_ACCESS_KEY_ID=AKIDUNKNOWN
refused UnrecognizedClientException call f 1
export AWS_ACCESS_KEY_ID=ASIATOKEN AWS_SECRET_ACCESS_KEY=secret:with/colon
export AWS_SESSION_TOKEN=tok/en+1=
$lambda list-functions | jq -e '.Functions | length == 1'
u=$AWS_ENDPOINT_URL/2015-03-31/functions/f/invocations
code() {
	curl -s -o refused.out -w '%{http_code}' "$@"
}
[ "$(code -d 1 $u)" = 403 ]
cat refused.out
[ "$(code --aws-sigv4 aws:amz:us-east-1:lambda -d 1 \
    -H "x-amz-security-token: $AWS_SESSION_TOKEN" \
    -u "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" $u)" = 200 ]
credential=AKIDEXAMPLE/20200101/us-east-1/lambda/aws4_request
[ "$(code -d 1 $u -H 'X-Amz-Date: 20200101T000000Z' -H "Authorization: \
AWS4-HMAC-SHA256 Credential=$credential, SignedHeaders=host;x-amz-date, \
Signature=$(printf '%064d' 0)")" = 403 ]
grep -i 'expired' refused.out
END
	clients -F f=function.zip --keys keys
}
