# sv-lambda: what requests may ask for, and what is answered to those that may
# not.

setup() {
	load jobs.bash
	load functions.bash
	load clients.bash
	jobs_setup
	clients_setup
	limit=60
	api_setup
}

teardown() {
	jobs_teardown
}

@test "members of a configuration" {
	cat >script <<'END'
invalid "'127' at 'memorySize'" POST /functions "$(made '"MemorySize":127')"
invalid "to 10240" POST /functions "$(made '"MemorySize":10241')"
invalid "than or equal to 1" POST /functions "$(made '"Timeout":0')"
invalid "to 900" POST /functions "$(made '"Timeout":901')"
invalid "at 'role'" POST /functions "$(made '"Role":"arn:aws:iam::1:role/x"')"
invalid "at 'role'" POST /functions "$(made '"Role":null')"
invalid "at 'handler'" POST /functions "$(made '"Handler":"a b"')"
invalid "length less" POST /functions \
    "$(made "\"Handler\":\"$(printf '%0129d' 0)\"")"
invalid "at 'architectures'" POST /functions "$(made '"Architectures":[]')"
invalid "at 'architectures'" POST /functions \
    "$(made '"Architectures":["x86_64","arm64"]')"
invalid "to 512" POST /functions "$(made '"EphemeralStorage":{"Size":511}')"
invalid "at 'functionName'" POST /functions "$(made '"FunctionName":"a b"')"
invalid "at 'functionName'" POST /functions \
    "$(made "\"FunctionName\":\"$(printf '%065d' 0)\"")"
invalid "Map keys" POST /functions \
    "$(made '"Environment":{"Variables":{"1a":"x"}}')"
parameter "_HANDLER, AWS_LAMBDA_RUNTIME_API" POST /functions "$(made \
    '"Environment":{"Variables":{"_HANDLER":"","AWS_LAMBDA_RUNTIME_API":""}}')"
parameter "4KB" POST /functions \
    "$(made "\"Environment\":{\"Variables\":{\"AA\":\"$(printf '%04090d' 0)\"}}")"
parameter "at 'runtime'" POST /functions "$(made '"Runtime":"python3.12"')"
parameter "mandatory" POST /functions "$(made '"Runtime":null')"
parameter "layers" POST /functions "$(made '"Layers":["arn:x"]')"
parameter "S3" POST /functions \
    "$(made '"Code":{"S3Bucket":"b","S3Key":"k"}')"
parameter "source" POST /functions "$(made '"Code":{}')"
bad 400 SerializationException "integer" POST /functions \
    "$(made '"Timeout":"3"')"
bad 400 SerializationException "string" POST /functions "$(made '"Role":[]')"
bad 400 SerializationException "base64" POST /functions \
    "$(made '"Code":{"ZipFile":"!"}')"
bad 400 InvalidRequestContentException "parse" POST /functions '{'
bad 400 InvalidRequestContentException "duplicate" POST /functions \
    '{"Role":"a","Role":"b"}'
bad 400 InvalidRequestContentException "object" POST /functions '[]'
gets 201 POST /functions "$(made '"Timeout":900,"MemorySize":10240,
    "Description":"\u00e9","Architectures":["x86_64"],
    "VpcConfig":{"SubnetIds":[]},"EphemeralStorage":{"Size":10240}')"
jq -e '.Timeout == 900 and .MemorySize == 10240 and .Description == "é" and
    .VpcConfig.SubnetIds == [] and .EphemeralStorage.Size == 10240 and
    .PackageType == "Zip" and .TracingConfig.Mode == "PassThrough" and
    .LoggingConfig.LogGroup == "/aws/lambda/g"' body >/dev/null
# It is not ready, and says so.
bad 409 ResourceConflictException "state: Pending" PUT \
    /functions/g/configuration '{"Timeout":1}'
bad 409 ResourceConflictException "already exist: g" POST /functions "$(made)"
END
	api
}

@test "updates" {
	cat >script <<'END'
settled() {
	i=0
	until ask GET /functions/f/configuration &&
	    jq -e '.LastUpdateStatus == "Successful"' body >/dev/null; do
		[ $((i += 1)) -lt 200 ]
		sleep 0.05
	done
}
ask GET /functions/f/configuration
old=$(jq -r .RevisionId body)
gets 200 PUT /functions/f/configuration '{"Timeout":9}'
jq -e '.LastUpdateStatus == "InProgress" and .Timeout == 9' body >/dev/null
new=$(jq -r .RevisionId body)
[ "$old" != "$new" ]
bad 409 ResourceConflictException "in progress for resource: arn:aws" PUT \
    /functions/f/code "{\"ZipFile\":\"$zip\"}"
settled
bad 412 PreconditionFailedException RevisionId PUT /functions/f/code \
    "{\"ZipFile\":\"$zip\",\"RevisionId\":\"$old\"}"
gets 200 PUT /functions/f/code \
    "{\"ZipFile\":\"$zip\",\"RevisionId\":\"$new\",\"DryRun\":true}"
ask GET /functions/f/configuration
[ "$(jq -r .RevisionId body)" = "$new" ]
parameter "functions only" PUT /functions/f:\$LATEST2/code '{}'
gets 200 PUT /functions/f/code "{\"ZipFile\":\"$zip\",\"Publish\":true}"
jq -e '.Version == "1" and (.FunctionArn | test(":function:f:1$"))' body \
    >/dev/null
settled
gets 201 POST /functions/f/versions '{}'
jq -e '.Version == "1"' body >/dev/null
gets 200 PUT /functions/f/configuration '{"Timeout":8}'
settled
parameter "CodeSHA256" POST /functions/f/versions '{"CodeSha256":"x"}'
gets 201 POST /functions/f/versions '{"Description":"two"}'
jq -e '.Version == "2" and .Timeout == 8 and .Description == "two"' body \
    >/dev/null
# Nothing has changed, nor does what is there.
gets 201 POST /functions/f/versions '{"Description":"three"}'
jq -e '.Version == "2" and .Description == "two"' body >/dev/null
gets 200 GET "/functions/f?Qualifier=1"
jq -e '.Configuration.Timeout == 9' body >/dev/null
gets 200 GET "/functions/f/versions?MaxItems=2"
jq -e '[.Versions[].Version] == ["$LATEST","1"]' body >/dev/null
gets 200 GET "/functions/f/versions?Marker=$(jq -r .NextMarker body)"
jq -e '[.Versions[].Version] == ["2"] and has("NextMarker") == false' body \
    >/dev/null
gets 204 DELETE "/functions/f?Qualifier=1"
bad 404 ResourceNotFoundException "function:f:1" GET "/functions/f:1"
parameter 'cannot be deleted' DELETE '/functions/f?Qualifier=%24LATEST'
END
	sed -i '/LATEST2/d' script
	api
}

@test "lists, in pages and in order" {
	cat >script <<'END'
for n in c a b; do
	gets 201 POST /functions "$(made "\"FunctionName\":\"$n\"")"
done
gets 200 GET /functions
jq -e '[.Functions[].FunctionName] == ["a","b","c","f"]' body >/dev/null
gets 200 GET "/functions/?MaxItems=3"
jq -e '(.Functions | length) == 3 and .NextMarker == "c"' body >/dev/null
gets 200 GET "/functions/?MaxItems=3&Marker=c"
jq -e '[.Functions[].FunctionName] == ["f"] and
    has("NextMarker") == false' body >/dev/null
invalid maxItems GET "/functions?MaxItems=0"
gets 204 DELETE /functions/b
gets 200 GET "/functions/?FunctionVersion=ALL"
jq -e '[.Functions[].FunctionName] == ["a","c","f"]' body >/dev/null
END
	api
}

@test "names in the path, and paths that are not known" {
	cat >script <<'END'
arn=arn:aws:lambda:us-east-1
for name in f f:\$LATEST f%3A%24LATEST function:f 000000000000:function:f \
    $arn:000000000000:function:f arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af; do
	gets 200 GET "/functions/$name"
done
for name in g f:1 000000000001:function:f \
    arn:aws:lambda:eu-west-1:000000000000:function:f; do
	bad 404 ResourceNotFoundException "Function not found: arn:aws:lambda:" \
	    GET "/functions/$name"
	bad 404 ResourceNotFoundException "Function not found: arn:aws:lambda:" \
	    POST "/functions/$name/invocations"
done
jq -e '.Message | test(":lambda:eu-west-1:000000000000:function:f$")' body \
    >/dev/null
for name in f%20 f: f:a:b :f f%2Fg arn:aws:lambda arn:aws:s3:::f \
    arn:aws:lambda:us-east-1:000000000000:f; do
	invalid functionName GET "/functions/$name"
done
parameter "derived qualifier" GET '/functions/f:1?Qualifier=2'
for path in / /functions/f/nothing /functions/f/invocations/x /x/functions \
    /functions/%ff /functions/%00 //functions; do
	gets 404 POST "$path" '{}'
	grep -qi '^x-amzn-errortype: UnknownOperationException' head
done
gets 404 PATCH /functions/f '{}'
END
	api
}

@test "what belongs to a function: concurrency, calls, URL, policy" {
	cat >script <<'END'
c=functions/f/concurrency
parameter "minimum value of [100]" PUT /2017-10-31/$c \
    '{"ReservedConcurrentExecutions":901}'
gets 200 PUT /2017-10-31/$c '{"ReservedConcurrentExecutions":900}'
gets 200 GET /2019-09-30/$c
jq -e '.ReservedConcurrentExecutions == 900' body >/dev/null
gets 200 GET /functions/f
jq -e '.Concurrency.ReservedConcurrentExecutions == 900' body >/dev/null
gets 204 DELETE /2017-10-31/$c
gets 200 GET /2019-09-30/$c
[ "$(jq -c . body)" = '{}' ]
i=/2019-09-25/functions/f/event-invoke-config
bad 404 ResourceNotFoundException EventInvokeConfig GET $i
invalid "maximumRetryAttempts" PUT $i '{"MaximumRetryAttempts":3}'
invalid "maximumEventAgeInSeconds" PUT $i '{"MaximumEventAgeInSeconds":59}'
gets 200 PUT $i '{"MaximumRetryAttempts":1}'
gets 200 POST $i '{"MaximumEventAgeInSeconds":60}'
jq -e '.MaximumRetryAttempts == 1 and .MaximumEventAgeInSeconds == 60 and
    (.LastModified | type) == "number"' body >/dev/null
gets 200 PUT $i '{}'
jq -e '.MaximumRetryAttempts == 2 and .MaximumEventAgeInSeconds == 21600' \
    body >/dev/null
gets 204 DELETE $i
u=/2021-10-31/functions/f/url
invalid authType POST $u '{}'
invalid authType POST $u '{"AuthType":"X"}'
parameter BUFFERED POST $u '{"AuthType":"NONE","InvokeMode":"RESPONSE_STREAM"}'
gets 201 POST $u '{"AuthType":"AWS_IAM","Cors":{"AllowOrigins":["*"]}}'
bad 409 ResourceConflictException exists POST $u '{"AuthType":"NONE"}'
gets 200 PUT $u '{"AuthType":"NONE"}'
jq -e '.AuthType == "NONE" and .Cors.AllowOrigins == ["*"]' body >/dev/null
gets 204 DELETE $u
bad 404 ResourceNotFoundException exist GET $u
p=/functions/f/policy
bad 404 ResourceNotFoundException exist GET $p
invalid principal POST $p '{"StatementId":"s","Action":"a"}'
s='{"StatementId":"s","Action":"lambda:InvokeFunction",
    "Principal":"apigateway.amazonaws.com","SourceArn":"arn:x"}'
gets 201 POST $p "$s"
bad 409 ResourceConflictException "already exists" POST $p "$s"
gets 200 GET $p
jq -r .Policy body | jq -e '.Statement[0] | .Principal.Service ==
    "apigateway.amazonaws.com" and
    .Condition.ArnLike."AWS:SourceArn" == "arn:x"' >/dev/null
gets 204 DELETE $p/s
bad 404 ResourceNotFoundException s DELETE $p/s
END
	api
}

@test "payloads" {
	head -c 6291455 /dev/zero | tr '\0' ' ' >most
	head -c 1048575 /dev/zero | tr '\0' ' ' >most-async
	for f in most most-async; do
		printf 1 >>$f
		{ cat $f; printf ' '; } >$f-and-more
	done
	cat >script <<'END'
i=/functions/f/invocations
gets 200 POST $i
jq -e '.event == {}' body >/dev/null
for payload in 1 null '"\u0000"' '[]' ' {"a" : 1e3} ' \
    123456789012345678901234567890; do
	gets 200 POST $i "$payload"
done
for payload in '{' '{"a":1,}' 'x' '1 2' "'a'" '"' "$(printf '"\377"')"; do
	bad 400 InvalidRequestContentException "Could not parse" POST $i \
	    "$payload"
done
gets 200 POST $i @most
gets 413 POST $i @most-and-more
grep -qi '^x-amzn-errortype: RequestTooLargeException' head
async() {
	curl -s -o body -w '%{http_code}' -H 'X-Amz-Invocation-Type: Event' \
	    --data-binary "$1" $base$i
}
[ "$(async @most-async)" = 202 ]
[ ! -s body ]
[ "$(async @most-async-and-more)" = 413 ]
[ "$(curl -s -o body -w '%{http_code}' -H 'X-Amz-Invocation-Type: X' -d 1 \
    $base$i)" = 400 ]
for context in x e30 W10= "$(printf '%03584d' 0)"; do
	[ "$(curl -s -o body -w '%{http_code}' -H \
	    "X-Amz-Client-Context: $context" -d 1 $base$i)" = 400 ]
done
END
	api
}

@test "aliases" {
	cat >script <<'END'
p=/functions/f/aliases
gets 201 POST /functions/f/versions '{}'
invalid functionVersion POST $p '{"Name":"x"}'
invalid functionVersion POST $p '{"Name":"x","FunctionVersion":"y"}'
invalid "at 'name'" POST $p '{"Name":"12","FunctionVersion":"1"}'
bad 404 ResourceNotFoundException f:2 POST $p \
    '{"Name":"x","FunctionVersion":"2"}'
parameter "one version" POST $p '{"Name":"x","FunctionVersion":"1",
    "RoutingConfig":{"AdditionalVersionWeights":{"1":0.5}}}'
gets 201 POST $p '{"Name":"x","FunctionVersion":"1","Description":"d"}'
bad 409 ResourceConflictException "already exists" POST $p \
    '{"Name":"x","FunctionVersion":"1"}'
for name in f:x 000000000000:function:f:x 'f?Qualifier=x'; do
	gets 200 GET /functions/$name
	jq -e '.Configuration.Version == "1"' body >/dev/null
done
gets 200 POST /functions/f:x/invocations 1
jq -e '.arn | test(":function:f:x$")' body >/dev/null
grep -qi '^x-amz-executed-version: 1' head
bad 409 ResourceConflictException "[x]" DELETE /functions/f:1
gets 200 PUT $p/x '{"FunctionVersion":"$LATEST"}'
jq -e '.Description == "d" and .FunctionVersion == "$LATEST" and
    (.AliasArn | test(":f:x$"))' body >/dev/null
gets 200 GET $p
jq -e '[.Aliases[].Name] == ["x"]' body >/dev/null
parameter DeleteAlias DELETE /functions/f:x
gets 204 DELETE $p/x
bad 404 ResourceNotFoundException f:x GET $p/x
bad 404 ResourceNotFoundException f:x GET /functions/f:x
gets 204 DELETE /functions/f:1
END
	api
}

@test "layers" {
	cat >script <<'END'
v=/2018-10-31/layers/l/versions
layer="{\"Content\":{\"ZipFile\":\"$zip\"},\"Description\":\"d\",
    \"CompatibleRuntimes\":[\"provided.al2023\"]}"
invalid content POST $v '{}'
invalid layerName POST /2018-10-31/layers/a%20b/versions "$layer"
parameter "Could not unzip" POST $v '{"Content":{"ZipFile":"aGVsbG8="}}'
gets 201 POST $v "$layer"
arn=arn:aws:lambda:us-east-1:000000000000:layer:l
jq -e --arg arn $arn '.LayerArn == $arn and .LayerVersionArn == $arn + ":1"
    and .Version == 1 and .Description == "d"' body >/dev/null
curl -s -o got.zip "$(jq -r .Content.Location body)"
cmp got.zip function.zip
gets 201 POST $v "$layer"
gets 200 GET $v
jq -e '[.LayerVersions[].Version] == [2,1]' body >/dev/null
gets 204 DELETE $v/2
bad 404 ResourceNotFoundException exist GET $v/2
gets 200 GET /2018-10-31/layers
jq -e '[.Layers[].LatestMatchingVersion.Version] == [1]' body >/dev/null
gets 201 POST /2018-10-31/layers/$arn/versions "$layer"
jq -e '.Version == 3' body >/dev/null
gets 200 GET $v/1
END
	api
}

@test "functions changed and deleted while they are called" {
	function_make second.zip 2
	cat >script <<'END'
slow() {
	curl -s -d "{\"sleep\":$1}" $base/functions/$2/invocations >"$3"
}
slow 1 f first &
sleep 0.5
gets 200 PUT /functions/f/code "{\"ZipFile\":\"$(base64 -w 0 second.zip)\"}"
slow 0 f second
[ ! -s first ]
wait
jq -e '.version == 1' first >/dev/null
jq -e '.version == 2' second >/dev/null
slow 1 f first &
sleep 0.5
gets 204 DELETE /functions/f
bad 404 ResourceNotFoundException f POST /functions/f/invocations
gets 201 POST /functions "$(made '"FunctionName":"f"')"
bad 409 ResourceConflictException Pending POST /functions/f/invocations
wait
jq -e '.version == 2' first >/dev/null
sleep 0.5
slow 0 f second
jq -e '.version == 1' second >/dev/null
[ "$(find $TMPDIR/sv-lambda-*/code -mindepth 1 -maxdepth 1 | wc -l)" -eq 2 ]
END
	api
}

@test "a request that is too large" {
	cat >script <<'END'
{ printf '{"FunctionName":"'; head -c 70167192 /dev/zero | tr '\0' a
printf '"}'; } >large
[ "$(wc -c <large)" -eq 70167211 ]
invalid role POST /functions @large
printf ' ' >>large
bad 413 RequestEntityTooLargeException "70167211 bytes" POST /functions @large
{ printf '{"FunctionName":"g","Role":"arn:aws:iam::000000000000:role/r",
"Runtime":"provided.al2023","Handler":"h","Code":{"ZipFile":"'
head -c 52428801 /dev/zero | base64 -w 0; printf '"}}'; } >large
bad 413 RequestEntityTooLargeException CreateFunction POST /functions @large
{ printf '{"x":['; head -c 20000000 /dev/zero | sed 's/\x0/[],/g'
printf '1]}'; } >large
bad 400 InvalidRequestContentException values POST /functions @large
gets 200 GET /functions/f
END
	api
}
