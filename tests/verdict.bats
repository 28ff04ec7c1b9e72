bats_require_minimum_version 1.5.0

# What one machine would have taken and cost.  mkrun says what is known: one
# function that computes 0.1, 0.12 and 0.14 s, half of it CPU, after 0.05 s of CPU to
# load; the run lasts 1.82 s from the request to the end, and is billed 1.57 s of
# 1/8 GB.

setup() {
	load runs.bash
	runs_setup
	cat >prices.json <<-'EOF'
	{"provider":"P","region":"R","date":"2026-01","request":0,
	 "duration":{"x86_64":[{"rate":0.008}],"arm64":[{"rate":0.004}]},
	 "free":{"requests":0,"gb_seconds":0},
	 "machines":[{"name":"box","cores":4,"hour":36},
	  {"name":"big","cores":8,"hour":72}]}
	EOF
}

# made OPTION...: the run, and what is known of it.
made() {
	"$mkrun" -w 1 -r 3 -c 0.1 "$@" >run.svf
}

# member NAME OPTION...: of the summary as JSON.
member() {
	local name=$1
	shift
	sv-stats -q -f json --prices prices.json "$@" run.svf |
	    jq -r ".$name"
}

# says LINE OPTION...: is the line in the summary?
says() {
	local line=$1
	shift
	sv-stats -q --prices prices.json "$@" run.svf >text
	grep -A 1 '^  one machine' text
	grep -Fx "  $line" text
}

@test "without a machine of one's own it is the table's first, by CPU seconds" {
	made --lambda
	[ "$(member machine)" = box ]
	[ "$(member machine_source)" = estimate ]
	[ "$(member machine_cores)" = 4 ]
	# (0.05 + 0.06 + 0.07 + 0.05) / 4, at a cent a second.
	near "$(member machine_s)" 0.0575
	near "$(member machine_dollars)" 0.000575
	near "$(member total_s)" 1.82
	near "$(member time_ratio)" "$(awk 'BEGIN {
	    printf "%.12g", 1.82 / 0.0575 }')"
	near "$(member dollars)" 0.00157
	near "$(member dollar_ratio)" "$(awk 'BEGIN {
	    printf "%.12g", 0.00157 / 0.000575 }')"
	says 'one machine 57.5 ms at best, $0.000575: box, 4 cores, $0.01/s'
	says 'verdict     the functions: 31.7 times the time, 2.73 times the cost'
	grep -F "(one machine at best: the workers' CPU seconds over its cores" text
}

@test "a machine of the table, and one that is told" {
	made --lambda
	near "$(member machine_s --machine big)" 0.02875
	near "$(member machine_dollars --machine big)" 0.000575
	near "$(member machine_s --machine mine,cores=2,hour=1)" 0.115
	near "$(member machine_dollars --machine mine,hour=1,cores=2)" \
	    "$(awk 'BEGIN { printf "%.12g", 0.115 / 3600 }')"
	# What is told goes before what the table has.
	near "$(member machine_dollars --machine big,hour=36)" 0.0002875
}

@test "a time that is given" {
	made --lambda
	[ "$(member machine_source --machine box,seconds=3.64)" = given ]
	near "$(member time_ratio --machine box,seconds=3.64)" 0.5
	near "$(member machine_dollars --machine box,seconds=3.64)" 0.0364
	says 'one machine 3.64 s as given, $0.0364: box, 4 cores, $0.01/s' \
	    --machine box,seconds=3.64
	says 'verdict     the functions: 0.5 times the time, 0.0431 times the cost' \
	    --machine box,seconds=3.64
	! grep -F 'CPU seconds over' text || false
	# The cores do not matter then.
	says 'one machine 3.64 s as given, $0.0364: x, $0.01/s' \
	    --machine x,hour=36,seconds=3.64
}

@test "a time that was measured, in a run of its own" {
	"$mkrun" -w 1 -r 1 -c 0.1 >machine.svf
	made --lambda
	# One round of 0.12: 0.1 to 1.62.
	[ "$(member machine_source --machine box,run=machine.svf)" = measured ]
	near "$(member machine_s --machine box,run=machine.svf)" 1.52
	near "$(member machine_dollars --machine box,run=machine.svf)" 0.0152
	says 'one machine 1.52 s measured, $0.0152: box, 4 cores, $0.01/s' \
	    --machine box,run=machine.svf
}

@test "the same times are compared: without a beginning, from the first global" {
	"$mkrun" -w 1 -r 1 -c 0.1 --unasked >machine.svf
	made --lambda
	# One round, and three.
	near "$(member machine_s --machine box,run=machine.svf)" 0.12
	near "$(member time_ratio --machine box,run=machine.svf)" 3.5
}

@test "commands have a verdict where it is asked for, and no bill" {
	made
	[ "$(member machine)" = null ]
	[ "$(member machine_s)" = null ]
	run sv-stats --prices prices.json run.svf
	[[ "$output" != *"one machine"* ]]
	[ "$(member machine --machine box)" = box ]
	# 0.18 in rounds, and 0.15 to load.
	near "$(member machine_s --machine box)" 0.0825
	[ "$(member dollar_ratio --machine box)" = null ]
	says 'verdict     the workers: 22.1 times the time' --machine box
}

@test "lines of the verdict fit a terminal" {
	made --lambda
	long=$(printf '%063d' 0 | tr 0 n)
	sv-stats --machine "$long,cores=1024,hour=123456,seconds=123456" \
	    run.svf >text
	grep -A 3 '^  one machine' text
	run awk 'length > 80 || / $/' text
	[ -z "$output" ]
	sv-stats run.svf >text
	[ "$(grep -A 1 '^  one machine' text | tail -n 1 | cut -c 1-9)" = \
	    "  verdict" ]
}

@test "a run that came to nothing has no verdict" {
	for how in "--status 1" --no-end; do
		# shellcheck disable=SC2086
		made --lambda $how
		sv-stats -q --prices prices.json run.svf >text || true
		grep -F '  bill  ' text
		! grep -E 'one machine|verdict' text || false
		[ "$(member machine --machine box,seconds=3.64 || true)" = null ]
	done
}

@test "machines that make no sense are usage errors" {
	made --lambda
	refused() {
		run --separate-stderr sv-stats --prices prices.json \
		    --machine "$1" run.svf
		echo "$1: $stderr"
		[ "$status" -eq 2 ]
		[ -z "$output" ]
		[ "${stderr_lines[0]}" = "sv-stats: --machine$2" ]
	}
	refused x ': x is not in the table of prices, as is box: say hour=USD'
	refused x,hour=1 \
	    ': x is not in the table of prices, as is box: say cores=N'
	refused box,cores=0 ': cores 0: expected a number from 1 to 4096'
	refused box,hour=-1 ': hour -1: expected a number from 0 to 1e+06'
	refused box,hour=nan ': hour nan: expected a number from 0 to 1e+06'
	refused '' ' : expected a name of 1 to 63 bytes first'
	refused cores=4 ' cores=4: expected a name of 1 to 63 bytes first'
	refused box,fast ': fast: expected cores=N, hour=USD, seconds=S or run=FILE'
	refused box,seconds=0 ': seconds 0: expected a number from 1e-06 to 1e+09'
	refused box,seconds=1,run=run.svf ': run=run.svf: its time is known already'
}

@test "a machine's run that is no use is an error" {
	made --lambda
	printf 'no run\n' >text
	"$mkrun" --no-end >machine.svf
	for file in missing text machine.svf; do
		run --separate-stderr sv-stats --machine "box,hour=1,run=$file" \
		    run.svf
		echo "$stderr"
		[ "$status" -eq 1 ]
		[ -z "$output" ]
		[[ "$stderr" == *"$file"* ]]
	done
	cat run.svf run.svf >machine.svf
	run --separate-stderr sv-stats --machine box,hour=1,run=machine.svf run.svf
	[ "$status" -eq 1 ]
	[[ "$stderr" == *"expected one run, not 2"* ]]
	# One whose workers were functions is remarked.
	run --separate-stderr sv-stats --machine box,hour=1,run=run.svf run.svf
	[ "$status" -eq 0 ]
	[ "$stderr" = "sv-stats: --machine: run.svf: its workers were functions" ]
}

@test "a table of prices that makes no sense is an error" {
	made --lambda
	echo '{}' >bad.json
	run --separate-stderr sv-stats --prices bad.json run.svf
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ "$stderr" = "sv-stats: bad.json: provider: expected a string of 1 to 63 bytes" ]
	# The table that is installed is the one that is built in.
	[ "$(sv-stats --prices "$SV_SRCDIR/lib/prices.json" run.svf)" = \
	    "$(sv-stats run.svf)" ]
}
