# The worker's runtime on an implementation of the Runtime API that is not ours:
# @vercel/fun, from npm.

setup() {
	load jobs.bash
	load functions.bash
	load npm.bash
	jobs_setup
	npm_packages @vercel/fun@1.3.1
	export XDG_CACHE_HOME=$BATS_TEST_TMPDIR
	mkdir task
	if [ -n "$SV_SANITIZED" ] ||
	    ! cp "$SV_BUILDDIR/lambda-layer/bootstrap" task/ 2>/dev/null; then
		cp "$SV_BUILDDIR/tools/bootstrap" task/
	fi
}

teardown() {
	jobs_teardown
}

@test "a job on functions of @vercel/fun" {
	job 2 "exec node $SV_SRCDIR/tests/fun.js task >answer.\$SV_SHARD" \
	    -- sv-admm --l1 1
	[ "$status" -eq 0 ]
	for i in 0 1; do
		[ "$(wc -l <answer.$i)" -eq 1 ]
		sed -n 's/^answer //p' answer.$i >json
		[ "$(jq -r '[.shard, .generation, .end] | @text' json)" = \
		    "[$i,1,\"term\"]" ]
	done
	nothing_left
}

@test "events that are no invocations, on @vercel/fun" {
	printf '%s\n' '{}' '{"sv":1}' '7' >events
	node "$SV_SRCDIR/tests/fun.js" task <events >answers
	cat answers
	[ "$(grep -c '^Handled {"errorType":"Function.BadInvocation"' answers)" -eq 3 ]
	nothing_left
}

@test "in a tree that holds nothing but the zip, on @vercel/fun" {
	[ "$(id -u)" -eq 0 ] || skip "only root may chroot"
	function_zip
	[ "$zip" = "$SV_BUILDDIR/lambda-layer/function.zip" ] ||
	    skip "make layer has not been run"
	mkdir root
	bsdtar -xf "$zip" -C root 2>/dev/null || unzip -q "$zip" -d root
	find root -type f | sort >before
	[ "$(cat before)" = "root/bootstrap
root/ca-bundle.crt" ]
	printf '#!/bin/sh\nexec chroot %s /bootstrap\n' "$PWD/root" \
	    >task/bootstrap
	job 2 "exec node $SV_SRCDIR/tests/fun.js task >answer.\$SV_SHARD" \
	    -- sv-admm --l1 1
	[ "$status" -eq 0 ]
	[ "$(cat answer.? | sed 's/^answer //' | jq -r .end)" = "term
term" ]
	find root -type f | sort | cmp - before
	nothing_left
}
