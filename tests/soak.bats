# A minute of what make torture does for half an hour.

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir "$TMPDIR"
	torture=$SV_SRCDIR/tests/torture
}

# soak SCRIPT ARGUMENT...: every run is good, and nothing is left.
soak() {
	local script=$1
	shift
	status=0
	bash "$torture/$script" "$@" >out 2>&1 3>&- || status=$?
	cat out
	[ "$status" -eq 0 ]
	grep -qE '^[1-9][0-9]* runs: [0-9]+ good, 0 bad' out
	[ -z "$(ls -A "$TMPDIR")" ]
}

@test "small jobs survive what is done to them" {
	soak run.sh -t 30 -s 1
}

@test "workers are killed all the time: F is as in quiet, and each loss is told" {
	soak losses.sh -w 4 -e 1 -r 12000 -n 2
	grep -q ' event: lost$' out
}

@test "deliveries made twice, refused, crashed; connections cut" {
	soak faults.sh -w 8 -r 600 -n 1 -s 3
	grep -qE ' (lambda|proxy): ' out
}

@test "a run to which too much is done is bad, and says how to repeat it" {
	# There is no answer but that of a quiet run.
	sed 's/^	read -r best .*/&; best=1/' "$torture/common.sh" >common.sh
	cp "$torture/run.sh" .
	run bash ./run.sh -n 1 -s 3
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"F is "*"and 1 in quiet"*"to repeat: "*"run.sh -n 1 -s 3"* ]]
	[[ $output == *"1 runs: 0 good, 1 bad"* ]]
}
