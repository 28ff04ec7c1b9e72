# shellcheck shell=bash
# For tests of sv-lambda: a function that is a shell script and does what the
# event tells it to.  In setup: scripts_setup.

scripts_setup() {
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
