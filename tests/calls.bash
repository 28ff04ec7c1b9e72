# shellcheck shell=bash
# For tests of workers that are asked for over HTTP: a cloud that does as it is
# told (fakecloud.py), and jobs whose workers it starts.

calls_setup() {
	load jobs.bash
	jobs_setup
	unset "${!AWS_@}" http_proxy https_proxy HTTPS_PROXY all_proxy ALL_PROXY
	export AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=sEcReT/key
	export AWS_REGION=us-east-1 HOME=$BATS_TEST_TMPDIR
	result='{"sv":1,"job":"0","shard":0,"end":"term","rounds":5,"cpu_s":0.25,"rss_bytes":3000000}'
	# A worker that is waited for, and answers as ours does.
	sync='{"times":100000,"run":"fakeworker >/dev/null; echo '\''$result'\''","wait":true,"body":"out"}'
	sync=${sync//\$result/${result//\"/\\\"}}
	# One that is left alone.
	async='{"times":100000,"run":"fakeworker >/dev/null","status":202}'
}

# cloud STEP...: start it with that script; $url is where it is.
cloud() {
	printf '%s\n' "$@" >script
	cloud_off
	rm -f port requests
	: >requests
	# It is no part of a job, but the workers that it starts are.
	env -u SV_TEST_MARK SV_CLOUD_MARK="$SV_TEST_MARK" /usr/bin/python3 \
	    "$SV_SRCDIR/tests/fakecloud.py" . ${certificate:-} 3>&- 2>cloud.err &
	cloud_pid=$!
	within 10 test -s port
	url=http${certificate:+s}://127.0.0.1:$(cat port)
}

# Its end.
cloud_off() {
	[ -n "${cloud_pid:-}" ] || return 0
	kill "$cloud_pid"
	wait "$cloud_pid" 2>/dev/null || true
	cloud_pid=
}

calls_teardown() {
	cloud_off
	jobs_teardown
}

# calls W SPAWN-ARGUMENT... : HUB-ARGUMENT...: a job; see job of jobs.bash.
calls() {
	local w=$1 spawn=() began=$SECONDS
	shift
	while [ "$1" != : ]; do
		spawn+=("$1")
		shift
	done
	shift
	set +e
	$gen 2>gen.err | timeout -k 5 "$limit" sv-spawn -w "$w" "${spawn[@]}" \
	    2>spawn.err | timeout -k 5 "$limit" sv-hub "$@" 2>hub.err >"$out"
	statuses=("${PIPESTATUS[@]}")
	set -e
	status=${statuses[2]}
	took=$((SECONDS - began))
	show
	peek <"$out" >records
}

# asked FILTER: what jq says of the requests.
asked() {
	jq -r "$1" requests
}

# recorded RE: how many SPAWN records of the job are like RE?
recorded() {
	grep -cE "^spawn .*$1" records
}

# The same job in the background; see start_job and finish of jobs.bash.
start_job_calls() {
	(calls "$@" >job.out
	echo "$status" >job.status) 3>&- &
	job_pid=$!
}
