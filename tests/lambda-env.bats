# Execution environments of sv-lambda: what a process finds in them, what it may
# ask for, and what becomes of calls.

setup() {
	load environments.bash
	environments_setup
}

# The line number N of out is TEXT.
says() {
	[ "$(sed -n "$1p" out)" = "$2" ]
}

@test "a call is answered, and told of in the log" {
	lambda -F "f=echo.zip,memory=512" -- 'invoke f "print hello"
	    invoke f "part no end"'
	says 1 '"print hello"'
	grep -q '^sv-lambda: listening' err
	id=$(sed -n 's/^START RequestId: \(.*\) Version: \$LATEST$/\1/p' log |
	    head -n 1)
	echo "$id" | grep -Eqx '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'
	[ "$(wc -l <log)" -eq 8 ]
	[ "$(sed -n 2p log)" = hello ]
	[ "$(sed -n 3p log)" = "END RequestId: $id" ]
	ms='[0-9]+\.[0-9]{2} ms'
	report="Duration: $ms	Billed Duration: [0-9]+ ms	Memory Size: 512 MB"
	report="$report	Max Memory Used: [0-9]+ MB"
	sed -n 4p log | grep -Eqx \
	    "REPORT RequestId: $id	$report	Init Duration: $ms"
	# The second call finds it warm.
	[ "$(sed -n 6p log)" = "no end" ]
	sed -n 8p log | grep -Eqx "REPORT RequestId: [0-9a-f-]{36}	$report"
}

@test "the process finds the environment of a function and nothing of ours" {
	lambda -F "f=echo.zip,memory=200" --region eu-west-3 -- 'invoke f "env"'
	sed -n 's/^env //p' log | sort >env
	cat >names <<-END
		AWS_ACCESS_KEY_ID
		AWS_DEFAULT_REGION
		AWS_LAMBDA_FUNCTION_MEMORY_SIZE
		AWS_LAMBDA_FUNCTION_NAME
		AWS_LAMBDA_FUNCTION_VERSION
		AWS_LAMBDA_INITIALIZATION_TYPE
		AWS_LAMBDA_LOG_GROUP_NAME
		AWS_LAMBDA_LOG_STREAM_NAME
		AWS_LAMBDA_RUNTIME_API
		AWS_REGION
		AWS_SECRET_ACCESS_KEY
		AWS_SESSION_TOKEN
		AWS_XRAY_CONTEXT_MISSING
		AWS_XRAY_DAEMON_ADDRESS
		LAMBDA_RUNTIME_DIR
		LAMBDA_TASK_ROOT
		LANG
		LD_LIBRARY_PATH
		PATH
		TZ
		_AWS_XRAY_DAEMON_ADDRESS
		_AWS_XRAY_DAEMON_PORT
		_HANDLER
	END
	cut -d = -f 1 env | diff - names
	for v in AWS_REGION=eu-west-3 AWS_LAMBDA_FUNCTION_NAME=f TZ=:UTC \
	    AWS_LAMBDA_FUNCTION_MEMORY_SIZE=200 LANG=en_US.UTF-8 \
	    AWS_LAMBDA_FUNCTION_VERSION=\$LATEST \
	    AWS_LAMBDA_INITIALIZATION_TYPE=on-demand \
	    AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/f \
	    PATH=/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin; do
		grep -Fxq "$v" env
	done
	grep -Eq '^AWS_LAMBDA_RUNTIME_API=127\.0\.0\.1:[0-9]+$' env
}

@test "the process starts in its package, leads a group, and has three files" {
	lambda -F "f=echo.zip" -- 'invoke f "place; env"'
	root=$(sed -n 's/^env LAMBDA_TASK_ROOT=//p' log)
	grep -Fx "place cwd=$root uid=$(id -u) gid=$(id -g) files=1024\
 umask=022 fds=3 leader=1" log
	[ ! -e "$root" ]
}

@test "the runtime is told of the call" {
	lambda -F "f=echo.zip,timeout=7" -- '
	    invoke f "header Lambda-Runtime-Aws-Request-Id"
	    sed -n "s/^x-amzn-requestid: //pI" head | tr -d "\r"
	    invoke f "header Lambda-Runtime-Invoked-Function-Arn"
	    invoke f "header Lambda-Runtime-Trace-Id"
	    invoke f "header Content-Type"
	    invoke f "left"
	    invoke f "header Lambda-Runtime-Client-Context" \
		-H "X-Amz-Client-Context: eyJhIjoxfQ=="'
	says 1 "\"$(sed -n 2p out)\""
	says 3 '"arn:aws:lambda:us-east-1:000000000000:function:f"'
	sed -n 4p out | grep -Eqx \
	    '"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0"'
	says 5 '"application/json"'
	left=$(sed -n 6p out | tr -d '"')
	[ "$left" -gt 1000 ]
	[ "$left" -le 7000 ]
	says 7 '"{"a":1}"'
}

@test "calls of the Runtime API that make no sense are refused" {
	lambda -F "f=echo.zip" -- '
	    invoke f "wrong 00000000-0000-0000-0000-000000000000"
	    invoke f "again"
	    invoke f "twice"
	    invoke f "mode streaming"
	    invoke f "mode other"
	    invoke f "path POST /2018-06-01/runtime/init/error"
	    invoke f "path GET /ping"
	    invoke f "path GET /2018-06-01/runtime/no"
	    invoke f "path POST /2018-06-01/runtime/invocation/next"'
	cat >want <<-END
		"400"
		"same"
		"first"
		"mode streaming"
		"mode other"
		"403 /2018-06-01/runtime/init/error"
		"200 /ping"
		"404 /2018-06-01/runtime/no"
		"405 /2018-06-01/runtime/invocation/next"
	END
	diff out want
	grep -Fx '202 403 403' log
	[ "$(grep -c '^mode refused$' log)" -eq 1 ]
}

@test "an answer has a largest size" {
	lambda -F "f=echo.zip" -- 'invoke f "big 6291556" | wc -c
	    invoke f "big 6291557"; invoke f "print fine"'
	says 1 6291557
	sed -n 2p out | grep -Fq '{"errorType":"Function.ResponseSizeTooLarge"'
	sed -n 3p out | grep -Eq 'Unhandled'
	says 4 '"print fine"'
	# It was told, and lived on.
	[ "$(grep -c 'Init Duration' log)" -eq 1 ]
}

@test "errors of the function reach whoever called as they are" {
	function_of init "init-error Function.NoConfig; exit 1"
	lambda -v -F "f=echo.zip" -F init=init.zip -- '
	    invoke f "error Function.Bad"; invoke f "error Function.bad"
	    invoke init ""'
	for t in Function.Bad Function.bad Function.NoConfig; do
		echo "{\"errorType\":\"$t\",\"errorMessage\":\"as asked for\","\
"\"stackTrace\":[]}"
	done >want
	grep errorType out | diff - want
	[ "$(grep -c Unhandled out)" -eq 3 ]
	grep -Eq 'request .*: Function.Bad$' err
	[ "$(grep -c ': Runtime.Unknown$' err)" -eq 2 ]
}

# exits ACTION TEXT...: the call that does that fails with this text.
exits() {
	id=$(grep -F "Error: $1\"}" out | sed 's/.*RequestId: \([^ ]*\).*/\1/')
	[ -n "$id" ]
	grep -Fxq "{\"errorType\":\"Runtime.ExitError\",\"errorMessage\":\
\"RequestId: $id Error: $1\"}" out
	grep -Fxq "RequestId: $id Error: $1" log
	grep -Fxq "END RequestId: $id" log
	grep -q "^REPORT RequestId: $id	" log
}

@test "a process that ends fails its call, and the next one finds another" {
	function_of init "exit 7"
	lambda -F "f=echo.zip" -F init=init.zip -- 'invoke f "exit 0"
	    invoke f "exit 3"; invoke f "signal 9"; invoke f "signal 6"
	    invoke init ""; invoke f "print fine"'
	exits "Runtime exited without providing a reason"
	exits "Runtime exited with error: exit status 3"
	exits "Runtime exited with error: signal: killed"
	exits "Runtime exited with error: signal: aborted"
	exits "Runtime exited with error: exit status 7"
	[ "$(grep -c Unhandled out)" -eq 5 ]
	grep -Fxq '"print fine"' out
	[ "$(grep -c 'Init Duration' log)" -eq 5 ]
}

@test "a package without a bootstrap that runs is told as such" {
	for f in none mode junk; do
		mkdir $f.d
		echo text >$f.d/bootstrap
		chmod 755 $f.d/bootstrap
	done
	mv none.d/bootstrap none.d/other
	chmod 644 mode.d/bootstrap
	for f in none mode junk; do
		zip_of $f
	done
	printf '\177ELF' >junk.d/bootstrap
	zip_of junk
	lambda -F none=none.zip -F mode=mode.zip -F junk=junk.zip -- '
	    invoke none ""; invoke mode ""; invoke junk ""'
	[ "$(grep -c '"errorType":"Runtime.InvalidEntrypoint"' out)" -eq 3 ]
	grep -Fq "Couldn't find valid bootstrap(s): [/var/task/bootstrap" out
	grep -Fq "fork/exec /var/task/bootstrap: permission denied" out
	grep -Fq "fork/exec /var/task/bootstrap: exec format error" out
}
