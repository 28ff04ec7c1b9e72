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
