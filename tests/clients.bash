# shellcheck shell=bash
# For tests of sv-lambda with the clients that there are: a function that does
# as its event says, and surroundings in which no client finds a person's own
# configuration.  After jobs_setup.

clients_setup() {
	export AWS_CONFIG_FILE=$PWD/aws-config
	export AWS_SHARED_CREDENTIALS_FILE=$PWD/aws-credentials
	export AWS_PAGER='' AWS_MAX_ATTEMPTS=1 AWS_DEFAULT_OUTPUT=json
	export AWS_EC2_METADATA_DISABLED=true HOME=$PWD
	unset AWS_PROFILE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY \
	    AWS_SESSION_TOKEN AWS_REGION AWS_DEFAULT_REGION AWS_ENDPOINT_URL \
	    AWS_ENDPOINT_URL_LAMBDA http_proxy https_proxy
	function_make function.zip 1
}

# function_make FILE VERSION: a package whose function answers with its event
# and VERSION, unless told otherwise:
#	{"fail":TEXT}	an error of this text
#	{"exit":N}	ends instead
#	{"sleep":S}	takes so long
#	{"file":PATH}	writes its event there
#	{"variable":X}	answers with this variable
function_make() {
	local version=$2
	cat >bootstrap <<END
#!/usr/bin/python3
import http.client, json, os, sys, time
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
base = "/2018-06-01/runtime/invocation/"
while True:
    api.request("GET", base + "next")
    r = api.getresponse()
    text = r.read()
    event = json.loads(text)
    say = event if isinstance(event, dict) else {}
    print("event", text.decode(), flush=True)
    time.sleep(say.get("sleep", 0))
    if "exit" in say:
        sys.exit(say["exit"])
    if "file" in say:
        with open(say["file"] + ".new", "wb") as f:
            f.write(text)
        os.rename(say["file"] + ".new", say["file"])
    end, answer = "/response", {"event": event, "version": $version,
        "arn": r.getheader("Lambda-Runtime-Invoked-Function-Arn"),
        "context": r.getheader("Lambda-Runtime-Client-Context")}
    if "variable" in say:
        answer = os.environ.get(say["variable"])
    if "fail" in say:
        end, answer = "/error", {"errorMessage": say["fail"],
            "errorType": "Function.Asked", "stackTrace": []}
    api.request("POST", base + r.getheader("Lambda-Runtime-Aws-Request-Id") +
        end, json.dumps(answer), {"Content-Type": "application/json"})
    api.getresponse().read()
END
	chmod 755 bootstrap
	/usr/bin/python3 -m zipfile -c "$1" bootstrap
}

# The AWS CLI of the system, not one that somebody has in front of it.
aws_cli() {
	aws=/usr/bin/aws
	[ -x "$aws" ] || skip "/usr/bin/aws is not there: apt-get install awscli"
	export aws
}

# For requests by curl: write api.sh, with what scripts then use.
api_setup() {
	cat >api.sh <<'END'
base=$AWS_ENDPOINT_URL/2015-03-31
# ask METHOD PATH [BODY]: the answer is in body, its head in head.
ask() {
	method=$1 path=$2
	shift 2
	case $path in
	/2*) path=$AWS_ENDPOINT_URL$path ;;
	*) path=$base$path ;;
	esac
	code=$(curl -s -D head -o body -w '%{http_code}' -X "$method" \
	    ${1+--data-binary} "$@" "$path")
}
# gets STATUS METHOD PATH [BODY]
gets() {
	wanted=$1
	shift
	ask "$@"
	[ "$code" = "$wanted" ] || {
		echo "$*: $code, not $wanted"
		cat head body
		exit 1
	}
}
# bad STATUS ERROR TEXT METHOD PATH [BODY]: refused with these words.
bad() {
	wanted=$1 error=$2 text=$3
	shift 3
	gets "$wanted" "$@"
	tr -d '\r' <head | grep -qix "x-amzn-errortype: $error" &&
	    grep -qiE '^x-amzn-requestid: [0-9a-f-]{36}' head &&
	    jq -r '.message // .Message' body | grep -qF "$text" || {
		echo "$*: not $error, $text"
		cat head body
		exit 1
	}
}
invalid() {
	bad 400 ValidationException "$@"
}
parameter() {
	bad 400 InvalidParameterValueException "$@"
}
zip=$(base64 -w 0 function.zip)
# made [MEMBERS]: the body of a CreateFunction.
made() {
	echo "{\"FunctionName\":\"g\",\"Runtime\":\"provided.al2023\",
	    \"Role\":\"arn:aws:iam::000000000000:role/a/b\",\"Handler\":\"h\",
	    \"Code\":{\"ZipFile\":\"$zip\"}}" | jq -c ". + {$1}"
}
END
}

# Run script with it; it must succeed.
api() {
	cloud '. ./api.sh; set -e; . ./script' -F f=function.zip,timeout=5 "$@"
	[ "$status" -eq 0 ]
	nothing_left
}
