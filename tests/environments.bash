# shellcheck shell=bash
# For tests of sv-lambda's environments: functions that do what they are told to
# (fakeruntime.c).  In setup: environments_setup.

environments_setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	PATH=$SV_BUILDDIR/tests:$PATH
	# What must not reach a function.
	export SECRET_OF_OURS=1
	# A package whose first actions are none.
	function_of echo
	# invoke FUNCTION ACTIONS [CURL-OPTION...]: print the answer; in head what
	# came with it.
	cat >lib.sh <<-'END'
		invoke() {
			f=$1 event=$2
			shift 2
			curl -sS -m 60 -D head "$@" -d "\"$event\"" \
			    "$AWS_ENDPOINT_URL/2015-03-31/functions/$f/invocations"
			echo
			grep -i '^x-amz-function-error' head || :
		}
	END
}

# function_of NAME [INIT]: NAME.zip, with these actions before the first next.
function_of() {
	rm -rf "$1.d"
	mkdir "$1.d"
	cp "$SV_BUILDDIR/tests/fakeruntime" "$1.d/bootstrap"
	[ -z "$2" ] || printf '%s\n' "$2" >"$1.d/init"
	zip_of "$1"
}

# zip_of NAME: what is in NAME.d.
zip_of() {
	python3 - "$1" <<-'END'
		import os, sys, zipfile
		name = sys.argv[1]
		with zipfile.ZipFile(name + ".zip", "w") as z:
		    for f in sorted(os.listdir(name + ".d")):
		        z.write(name + ".d/" + f, f)
	END
}

# lambda OPTION... -- SCRIPT: run the script beside an sv-lambda; its output is
# in out, what was said in err, the log in log.
lambda() {
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	status=0
	timeout -k 5 120 sv-lambda -b 127.0.0.1:0 --log log "${options[@]}" -- \
	    sh -c ". ./lib.sh; $2" >out 2>err || status=$?
	echo "status $status"
	tail -n 40 out err log
	[ "$status" -eq 0 ]
}

# The system lets sv-lambda limit CPU and memory; if not, say so.
needs_limits() {
	if grep -q 'no cgroup' err; then
		skip "no writable cgroup here"
	fi
}
