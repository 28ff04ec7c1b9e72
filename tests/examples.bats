# The examples run, in their quick form, and show what they promise.

setup() {
	cd "$BATS_TEST_TMPDIR"
	examples=$SV_SRCDIR/examples
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir "$TMPDIR"
}

# example NAME ARGUMENT...: run it; what it prints is in out.
example() {
	local name=$1
	shift
	status=0
	timeout 100 sh "$examples/$name" "$@" >out 2>&1 3>&- || status=$?
	cat out
	# Whatever it made is gone.
	[ -z "$(ls "$TMPDIR")" ]
}

@test "an own file" {
	example 02-own-file.sh --small
	[ "$status" -eq 0 ]
	grep -q "status *converged" out
	grep -q "^solver_type L1R_LR" out
}

@test "an own file that is given, cut in two" {
	printf '1 1:1 2:0.5\n-1 1:-1 3:2\n1 1:0.7\n-1 2:-0.2\n' >given
	example 02-own-file.sh given 2
	[ "$status" -eq 0 ]
	grep -q "in 2 files" out
	echo "1 2:" >bad
	example 02-own-file.sh bad
	[ "$status" -ne 0 ]
	grep -q "^sv-shard: .*bad" out
}

@test "a sweep over the number of workers" {
	example 03-sweep.sh --small 1 2
	[ "$status" -eq 0 ]
	grep -q "speedup" out
	grep -qE "^ +2 +1 +[0-9]+ " out
}

@test "a master of one's own" {
	example 04-own-master.sh --small
	if grep -q "apt-get install python3-numpy" out; then
		skip "python3-numpy or python3-xxhash is not installed"
	fi
	[ "$status" -eq 0 ]
	awk '/^(own|admm): objective/ { f[n++] = $3 }
	END { exit !(n == 2 && (f[0] - f[1])^2 < (1e-4 * f[1])^2) }' out
}

@test "no hub" {
	example 05-fifos.sh --small
	[ "$status" -eq 0 ]
	[ "$(grep -c "^sv-admm: converged" out)" -eq 2 ]
	[ "$(grep -c '^{"type":"model"' out)" -eq 2 ]
}

@test "without the tools they say what to do" {
	mkdir bin
	for tool in sh dirname mktemp rm cat; do
		ln -s "$(command -v $tool)" bin/
	done
	PATH=$PWD/bin SV_BUILD=/nonexistent run bin/sh "$examples/03-sweep.sh"
	[ "$status" -eq 1 ]
	[[ "$output" == "The tools are not there yet: sh "*"/quickstart.sh builds them" ]]
}

@test "the index names every example" {
	for f in "$examples"/*.sh "$examples"/*.py; do
		[ "$(basename "$f")" = common.sh ] ||
		    grep -q "$(basename "$f")" "$examples/README.md"
	done
}
