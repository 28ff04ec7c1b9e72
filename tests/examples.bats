# Each example runs, small, and leaves nothing behind.

bats_require_minimum_version 1.5.0

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

@test "many models of the same rows" {
	example 07-models.sh
	# Each of the path has its rounds and its time.
	[ "$(grep -Ec '^ +[0-9]+  converged +[0-9.]+ +[0-9]+ +[0-9.]+ ' <<<"$output")" \
	    -eq 12 ]
	[[ $output == *"sv-admm: converged"*"sv-fista: converged"* ]]
}

@test "functions on sv-lambda, with more and more memory" {
	example 06-lambda.sh
	[[ $output == *"hello after"* ]]
	[[ $output == *"REPORT RequestId: "* ]]
	[ "$(grep -cE '^ +(128|256|512) +[0-9.]+ +[0-9]+\.[0-9]+ +0\.[0-9]+$' \
	    <<<"$output")" -eq 3 ]
}

@test "a bad day: the same answer to the last digit" {
	[ -z "$SV_SANITIZED" ] || skip "slow with sanitizers"
	example 08-survive.sh
	[ "$(grep -c '^objective [0-9]' <<<"$output")" -eq 3 ]
	[ "$(grep '^objective' <<<"$output" | sort -u | wc -l)" -eq 1 ]
	[[ $output == *handovers* ]]
}

# metric NAME: its value in the output of sv-predict -m.
metric() {
	awk -v name="$1" '$1 == name { print $2; exit }' <<<"$output"
}

@test "from a packed CSV to a held-out AUC" {
	example 09-csv.sh
	awk -v auc="$(metric AUC)" 'BEGIN { exit !(auc > 0.85 && auc < 0.99) }'
	[[ $output == *$'\n1\tage\t0.'* ]]
	[[ $output == *$'\ncalls,months,plan,town,age,probability\n'* ]]
	[ "$(tail -n 5 <<<"$output" | grep -c ',0\.[0-9]*$')" -eq 5 ]
}

@test "one kind of clothes against all others" {
	[ -d /usr/share/datasets/fashion-mnist ] ||
	    skip "dataset-fashion-mnist is not installed"
	example 10-fashion-mnist.sh
	[ "$(metric rows)" -eq 500 ]
	awk -v auc="$(metric AUC)" 'BEGIN { exit !(auc > 0.9) }'
}

# What of this test is still there, with its directory in its environment.
here() {
	TMPDIR=/ grep -lsF "TMPDIR=$TMPDIR" /proc/[0-9]*/environ || true
}

@test "Ctrl-C, and a terminal that is closed, leave nothing" {
	# A group of its own for each, which does not ignore SIGINT.
	set -m
	trap - INT
	for name in 03-sweep 05-fifos 06-lambda 07-models; do
		for signal in INT HUP; do
			sh "$SV_SRCDIR/examples/$name.sh" >out 2>&1 </dev/null 3>&- &
			sleep 0.15
			kill -s $signal -- -$! || true
			status=0
			wait $! || status=$?
			echo "$name, $signal: $status"
			[ "$status" -eq 0 ] || [ "$status" -gt 128 ]
			left=$(here)
			for _ in $(seq 100); do
				[ -n "$left" ] || break
				sleep 0.1
				left=$(here)
			done
			[ -z "$left" ]
			[ -z "$(ls -A "$TMPDIR")" ]
		done
	done
}

@test "the index names every example" {
	for f in "$SV_SRCDIR"/examples/*.sh; do
		name=$(basename "$f")
		[ "$name" != common.sh ] || continue
		echo "$name"
		grep -q "examples/$name" "$SV_SRCDIR/examples/README.md"
	done
}

@test "what an example does not know is a usage error" {
	local name args
	while read -r name args; do
		# shellcheck disable=SC2086
		run --separate-stderr sh "$SV_SRCDIR/examples/$name" $args
		echo "$name $args: $status: $stderr"
		[ "$status" -eq 2 ]
		[ -z "$output" ]
		[[ $stderr == "usage: sh examples/$name ["* ]]
		[ "${#stderr_lines[@]}" -eq 1 ]
		[ -z "$(ls -A "$TMPDIR")" ]
	done <<-END
		02-own-file.sh --help
		02-own-file.sh rows x
		02-own-file.sh rows 2 3
		03-sweep.sh --help
		03-sweep.sh 1 2 many
		04-own-master.sh --help
		04-own-master.sh --small 2
		05-fifos.sh --help
		05-fifos.sh file
		07-models.sh --help
		07-models.sh 12
		08-survive.sh --help
		09-csv.sh --help
		09-csv.sh file.csv
		10-fashion-mnist.sh --help
		10-fashion-mnist.sh 10
		06-lambda.sh --help
		06-lambda.sh --small 128
	END
}

@test "a file that is not there is named as it was meant" {
	run sh -c "cd / && sh '$SV_SRCDIR/examples/02-own-file.sh' nofile"
	[ "$status" -eq 1 ]
	[[ $output == *"sv-shard: /nofile: No such file"* ]]
}

# The quick start builds; of it only the command line is tried here.
@test "the quick start refuses what it does not know" {
	run sh "$SV_SRCDIR/examples/quickstart.sh" --large
	[ "$status" -eq 2 ]
	[[ $output == usage:* ]]
}
