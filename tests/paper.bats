# The paper's experiment, examples/paper.sh, made tiny.

bats_require_minimum_version 1.5.0

setup() {
	load jobs.bash
	load functions.bash
	jobs_setup
	limit=100
	cpu=
	limits_work || cpu=--no-limits
	function_zip
}

teardown() {
	jobs_teardown
}

# paper OPTION...: the experiment with two functions at most; the runs are in d.
paper() {
	# shellcheck disable=SC2086
	run --separate-stderr timeout "$limit" sh \
	    "$SV_SRCDIR/examples/paper.sh" -d d -w '1 2' -m 512 -n 500 \
	    -z "$zip" $cpu "$@"
	echo "$status: $output"
	echo "$stderr"
}

# The runs that are there, and when they were written.
runs() {
	find d -name '*.svf' -printf '%f %T@\n' | sort
}

@test "runs, a comparison of each load, a report; what is there is kept" {
	paper -L 'uniform default'
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "$(cd d && echo *.svf)" = "default-1-1.svf default-1-2.svf \
default-1-3.svf default-2-1.svf default-2-2.svf default-2-3.svf \
uniform-1-1.svf uniform-1-2.svf uniform-1-3.svf uniform-2-1.svf \
uniform-2-2.svf uniform-2-3.svf" ]
	# All of the first repeat come before those of the second.
	[[ $output == *" 4/12  default    W = 2 "*" 5/12  uniform    W = 1 "* ]]
	[[ $output == *"Comparison, uniform load"*"Comparison, default method"* ]]
	[ "$(grep -cE '^ +[12] +3 +[0-9]+ ' <<<"$output")" -eq 4 ]
	grep -q 'default method' d/report.html

	runs >before
	paper -L 'uniform default'
	[ "$status" -eq 0 ]
	[[ $output == *"; all done"*"Comparison, default method"* ]]
	runs | cmp - before

	# More of it is no other experiment.
	paper -L 'uniform default' -w '1 2 3' -r 1
	[ "$status" -eq 0 ]
	[ "$(runs | wc -l)" -eq 14 ]
	runs | grep -v -e -3-1.svf | cmp - before
}

@test "settings that have changed are refused, and shown" {
	paper -L default -w 1 -r 1
	[ "$status" -eq 0 ]
	runs >before
	paper -L default -w 1 -r 2 -n 600
	[ "$status" -eq 1 ]
	[[ $stderr == "paper.sh: "*"/d has runs of other settings"* ]]
	[[ $stderr == *"< default: sv-gen -n 500 "*"> default: sv-gen -n 600 "* ]]
	runs | cmp - before
	# They stay as they were.
	paper -L default -w 1 -r 2
	[ "$status" -eq 0 ]
	[ "$(runs | wc -l)" -eq 2 ]
}

@test "more functions than there are cores for are refused, with the sum" {
	run --separate-stderr sh "$SV_SRCDIR/examples/paper.sh" -d d \
	    -w '4 90000' -m 177
	echo "$status: $output, $stderr"
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ "$stderr" = "paper.sh: 90000 functions of 177 MB take 9005.1 cores, \
and this machine has $(nproc): see -w and -m, or use --force" ]
	run --separate-stderr sh "$SV_SRCDIR/examples/paper.sh" -d d \
	    -w '4 90000' -m 177 --force --dry-run
	[ "$status" -eq 0 ]
	[[ $output == *"do not trust the times"* ]]
	[ ! -e d ]
}

@test "where CPU cannot be limited it is refused, unless told to go on" {
	mkdir bin
	cat >bin/sv-lambda <<-'END'
		#!/bin/sh
		echo "sv-lambda: no cgroup can be made: functions have all the" \
		    "CPU and memory they want" >&2
	END
	chmod +x bin/sv-lambda
	cpu=
	PATH=$PWD/bin:$PATH paper
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[[ $stderr == "paper.sh: no cgroup can be made: "*" --no-limits" ]]
	paper --no-limits -L default -r 1
	[ "$status" -eq 0 ]
	[[ $output == *"without limits"* ]]
	grep -q 'without limits' d/settings
}

@test "a dry run leaves nothing" {
	paper --dry-run -r 2
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[[ $output == *"uniform: sv-gen -n 500 "*"nonuniform-2-2"*" to go"$'\n'* ]]
	[[ $output == *$'\n'"on AWS all of it costs about \$0.00"* ]]
	[ "$(grep -cE '^  [a-z]+-[12]-[12] +[0-9]+ s$' <<<"$output")" -eq 16 ]
	[ ! -e d ]
}

@test "what makes no sense is a usage error" {
	local args
	while read -r args; do
		eval "run --separate-stderr sh '$SV_SRCDIR/examples/paper.sh' $args"
		echo "$args: $status: $stderr"
		[ "$status" -eq 2 ]
		[ -z "$output" ]
		[[ $stderr == *"usage: sh examples/paper.sh ["* ]]
		[ "${#stderr_lines[@]}" -le 2 ]
	done <<-'END'
		--slow
		extra
		-w
		-w ''
		-w '4 x'
		-w '4 0'
		-r '1 2'
		-r -1
		-n 0
		-m 1.5
		-L 'uniform best'
		-L ''
		-z f.zip,memory=2
		--region eu-north-1
		--bind 'tcp://*:7777'
		--insecure
		-n 10 -w 11
	END
	[ -z "$(find . -name paper-runs)" ]
}

# started OPTION...: one that goes on for long enough, until its first run is
# there; its process is in $script.
started() {
	# shellcheck disable=SC2086
	sh "$SV_SRCDIR/examples/paper.sh" -d d -w '1 2' -m 512 -n 500 -z "$zip" $cpu \
	    -L uniform "$@" >out 2>err 3>&- &
	script=$!
	for _ in $(seq 1200); do
		[ ! -f d/uniform-1-1.svf ] || return 0
		sleep 0.05
	done
	cat out err
	return 1
}

@test "one that is ended ends all, and goes on where it was" {
	for signal in INT:130 TERM:143; do
		rm -rf d
		# The shell lets what it starts in the background ignore SIGINT.
		if [ $signal = INT:130 ]; then
			trap - INT
			set -m
		fi
		started -r 50
		set +m
		runs | head -n 1 >before
		kill -s "${signal%:*}" "$script"
		got=0
		wait "$script" || got=$?
		echo "$signal: $got"
		cat out err
		[ "$got" -eq "${signal#*:}" ]
		grep -q 'to go on:' out
		grep -qF "paper.sh -d d -w '1 2' -m 512 " out
		[ -z "$(marked)" ]
		[ -z "$(find d -name '*.part' -o -name running)" ]
		paper -L uniform -r 2
		[ "$status" -eq 0 ]
		runs | head -n 1 | cmp - before
	done
}

@test "one that is killed takes its job with it, and is gone on with" {
	started -r 50
	runs | head -n 1 >before
	paper -L uniform -r 2
	[ "$status" -eq 1 ]
	[[ $stderr == *"/d is in use by process $script" ]]
	kill -KILL "$script"
	wait "$script" || true
	nothing_left
	: >d/uniform-9-9.part
	paper -L uniform -r 2
	[ "$status" -eq 0 ]
	[[ $output == *"; all done"* ]]
	runs | head -n 1 | cmp - before
	[ -z "$(find d -name '*.part' -o -name running -o -name '*.log')" ]
}

@test "functions that are elsewhere, and some that are not there" {
	# shellcheck disable=SC2016
	cloud 'sh "$SV_SRCDIR/examples/paper.sh" -d d -w "1 2" -n 500 -r 1 \
	    -L default -l paper --endpoint-url "$AWS_ENDPOINT_URL" \
	    --region eu-north-1 --bind "tcp://127.0.0.1:*" --advertise localhost' \
	    -q -F "paper=$zip,memory=512" ${cpu:+"$cpu"}
	[ "$status" -eq 0 ]
	[ ! -s err ]
	[ "$(cd d && echo *.svf)" = "default-1-1.svf default-2-1.svf" ]
	grep -q '^2 runs with function paper at http://127.*in eu-north-1, ' out
	[ "$(sv-stats -f json d/default-2-1.svf | jq .n_calls)" -eq 2 ]

	# shellcheck disable=SC2016
	cloud 'sh "$SV_SRCDIR/examples/paper.sh" -d e -w 1 -n 500 -r 1 \
	    -L default -l other --endpoint-url "$AWS_ENDPOINT_URL"' \
	    -q -F "paper=$zip,memory=512" ${cpu:+"$cpu"}
	[ "$status" -eq 1 ]
	grep -q 'Function not found' out
	grep -q 'default-1-1 failed: ' err
	[ "$(cd e && echo *)" = "default-1-1.log settings" ]
}
