# shellcheck shell=bash
# For tests that run functions on sv-lambda.  After jobs_setup.

# Set $zip to a package of the worker: the static one of make layer, or else one
# of this build's own bootstrap with the libraries that it needs.
function_zip() {
	zip=$SV_BUILDDIR/lambda-layer/function.zip
	[ -z "$SV_SANITIZED" ] && [ -f "$zip" ] && return 0
	zip=$BATS_FILE_TMPDIR/function.zip
	[ -f "$zip" ] || sv-pack --glibc 99.0 -o "$zip" \
	    "$SV_BUILDDIR/tools/bootstrap" >pack.out
}

# cloud SCRIPT [OPTION...]: run SCRIPT beside an sv-lambda of its own; its
# output is in out, what was said in err, the functions' log in log.
cloud() {
	local script=$1
	shift
	status=0 statuses=()
	timeout -k 5 "$limit" sv-lambda -b 127.0.0.1:0 --log log "$@" -- \
	    sh -c "$script" >out 2>err || status=$?
	echo "status $status"
	tail -n 20 out err
}

# Can limits of CPU and memory be set here?
limits_work() {
	local dir
	for dir in /sys/fs/cgroup /sys/fs/cgroup/cpu; do
		mkdir "$dir/sv-test-$$" 2>/dev/null || continue
		rmdir "$dir/sv-test-$$"
		[ -e /sys/fs/cgroup/cgroup.controllers ] ||
		    [ "$dir" = /sys/fs/cgroup/cpu ] || continue
		return 0
	done
	return 1
}
