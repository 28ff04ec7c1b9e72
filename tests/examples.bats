# Each example runs, small, and leaves nothing behind.

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir "$TMPDIR"
}

# example NAME: run it; its output, which is asserted on, is shown.
example() {
	run timeout 60 sh "$SV_SRCDIR/examples/$1" --small </dev/null
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$(ls -A "$TMPDIR")" ]
}

@test "a file of one's own" {
	command -v liblinear-train >/dev/null ||
	    skip "liblinear-tools is not installed"
	example 02-own-file.sh
	[[ $output == *Accuracy* ]]
}

@test "a sweep over numbers of workers" {
	example 03-sweep.sh
	[[ $output == *fficiency* ]]
}

@test "a master of one's own" {
	/usr/bin/python3 -c 'import numpy, xxhash' 2>/dev/null ||
	    skip "python3-numpy or python3-xxhash is not installed"
	example 04-own-master.sh
	[[ $output == *converged* ]]
}

@test "master and workers joined by FIFOs" {
	example 05-fifos.sh
	[[ $output == *converged* ]]
}

@test "the index names every example" {
	for f in "$SV_SRCDIR"/examples/*.sh; do
		name=$(basename "$f")
		[ "$name" != common.sh ] || continue
		echo "$name"
		grep -q "examples/$name" "$SV_SRCDIR/examples/README.md"
	done
}

# The quick start builds; of it only the command line is tried here.
@test "the quick start refuses what it does not know" {
	run sh "$SV_SRCDIR/examples/quickstart.sh" --large
	[ "$status" -eq 2 ]
	[[ $output == usage:* ]]
}
