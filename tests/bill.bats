bats_require_minimum_version 1.5.0

# sv-stats of functions: how they started, and what they cost.  mkrun --lambda
# says what is known.  With four workers the cold ones are 0, 1 and 2: the
# process runs 0.20, 0.21 and 0.22 after the last call, and the hello is there
# 0.16, 0.17 and 0.18 after that; worker 1 had to be called twice.

setup() {
	load runs.bash
	runs_setup
}

# row NAME COLUMN: a value of the table out.tsv, by its first column.
row() {
	awk -F '\t' -v name="$1" -v column="$2" '
	NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) c = i }
	$1 == name { print $c; found = 1 }
	END { exit !found || !c }' out.tsv
}

# part NAME N MIN MEDIAN P90 MAX FASTEST SLOWEST
part() {
	echo "$1"
	[ "$(row "$1" n)" = "$2" ]
	near "$(row "$1" min_s)" "$3"
	near "$(row "$1" median_s)" "$4"
	near "$(row "$1" p90_s)" "$5"
	near "$(row "$1" max_s)" "$6"
	[ "$(row "$1" min_shard)" = "$7" ]
	[ "$(row "$1" max_shard)" = "$8" ]
}

# summary KEY: a member of the summary of run.svf.
summary() {
	sv-stats -f tsv run.svf | awk -F '\t' -v key="$1" '
	NR == 1 { for (i = 1; i <= NF; i++) if ($i == key) c = i }
	NR == 2 && c { print $c }'
}

@test "a function's cold start is taken apart, and warm ones are none" {
	"$mkrun" --lambda -w 4 >run.svf
	sv-stats -f tsv --section starts run.svf >out.tsv
	cat out.tsv
	part queued 4 0 0.03 0.06 0.06 0 3
	part 'cold start' 3 0.36 0.40 0.53 0.53 0 1
	part retries 3 0 0 0.15 0.15 0 1
	part platform 3 0.20 0.21 0.22 0.22 0 2
	part init 3 0.03 0.03 0.03 0.03 0 0
	part load 3 0.1 0.1 0.1 0.1 0 0
	part join 3 0.01 0.02 0.03 0.03 0 2
	part 'warm start' 1 0.17 0.17 0.17 0.17 3 3
	part 'warm platform' 1 0.06 0.06 0.06 0.06 3 3
	part 'warm load' 1 0.1 0.1 0.1 0.1 3 3
	part 'warm join' 1 0.01 0.01 0.01 0.01 3 3
	near "$(row invoke median_s)" 0.02
	[ "$(cut -f 1 out.tsv | grep -cx 'request\|start')" -eq 0 ]
	# Of the three 1.29, of the two medians and the mean of all none.
	near "$(row 'cold start' mean_s)" 0.43
	[ "$(summary cold_starts)" = 3 ]
	[ "$(summary warm_starts)" = 1 ]
	near "$(summary cold_s)" 0.40
	near "$(summary cold_max_s)" 0.53
	[ "$(summary clocks_disagree)" = 0 ]
}

@test "each function has its parts among the invocations" {
	"$mkrun" --lambda -w 4 >run.svf
	sv-stats -f tsv --section invocations run.svf >out.tsv
	[ "$(row 1 how)" = lambda ]
	[ "$(row 1 kind)" = cold ]
	[ "$(row 3 kind)" = warm ]
	[ "$(row 1 answer)" = answered ]
	near "$(row 1 queued_s)" 0.02
	near "$(row 1 total_s)" 0.53
	near "$(row 1 request_s)" 0.36
	near "$(row 1 start_s)" 0.07
	near "$(row 1 retry_s)" 0.15
	near "$(row 1 platform_s)" 0.21
	near "$(row 1 join_s)" 0.02
	[ "$(row 1 tries)" = 2 ]
	[ "$(row 1 throttled)" = 1 ]
	[ "$(row 1 billed_s)" = 3 ]
	[ "$(row 1 memory_mb)" = 128 ]
	[ "$(row 1 max_memory_mb)" = 61 ]
	[ "$(row 0 billed_s)" = nan ]
	[ "$(row 0 tries)" = 1 ]
}

# 3 + 3.5 + 4 s are reported, and worker 0 was there from 0.1 to 1.576.
@test "the bill equals what is known by hand" {
	"$mkrun" --lambda -w 4 >run.svf
	sv-stats -f tsv --section bill run.svf >out.tsv
	cat out.tsv
	[ "$(row reported requests)" = 3 ]
	near "$(row reported billed_s)" 10.5
	near "$(row reported gb_seconds)" 1.3125
	[ "$(row estimate requests)" = 1 ]
	near "$(row estimate billed_s)" 1.476
	near "$(row estimate gb_seconds)" 0.1845
	[ "$(row all requests)" = 4 ]
	near "$(row all gb_seconds)" 1.497
	[ "$(row all request_dollars)" = 8e-07 ]
	# 1.497 x 0.0000166667
	[ "$(row all duration_dollars)" = 2.49500499e-05 ]
	[ "$(row all dollars)" = 2.57500499e-05 ]
	[ "$(summary dollars)" = 2.57500499e-05 ]
	[ "$(summary n_billed)" = 4 ]
	[ "$(summary n_estimated)" = 1 ]
	[ "$(summary memory_mb)" = 128 ]
	[ "$(summary max_memory_mb)" = 63 ]
	# 1.497 x 0.0000133334
	sv-stats --arch arm64 -f tsv --section bill run.svf >out.tsv
	[ "$(row all duration_dollars)" = 1.99600998e-05 ]
}

@test "the summary says what became of the calls, and what they cost" {
	"$mkrun" --lambda -w 4 >run.svf
	run --separate-stderr sv-stats run.svf
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	echo "$output" >text
	grep -Fx '  workers     4, by lambda of fun; none lost' text
	grep -Fx '  invocations 4: 4 answered, 1 throttled try, none failed' text
	grep -Fx '  starts      3 cold (median 400 ms, slowest 530 ms), 1 warm' \
	    text
	grep -Fx '  memory      63 MB at the largest of 128 MB, 8.00 kB of it the shard' text
	grep -Fx '  bill        4 requests, 1.5 GB-seconds: $0.0000258 (an estimate for 1)' text
	grep -Fx Bill text
	grep -Ex '  \(AWS Lambda, x86_64 in us-east-1, prices of 20[0-9-]*\)' text
	grep -Fx '  (the free tier is not subtracted)' text
	run awk 'length > 80 || / $/' text
	[ -z "$output" ]
}

@test "a function that failed is billed, and counted" {
	"$mkrun" --lambda -w 4 --lose 2:1 >run.svf
	run --separate-stderr sv-stats run.svf
	[ "$status" -eq 0 ]
	[[ "$output" == *"invocations 5: 4 answered, 1 throttled try, 1 failed (1 in the function)"* ]]
	[ "$(summary tries)" = 6 ]
	[ "$(summary throttled)" = 1 ]
	[ "$(summary failed)" = 1 ]
	[ "$(summary function_errors)" = 1 ]
	[ "$(summary n_calls)" = 5 ]
	[ "$(summary n_billed)" = 5 ]
}

# One failed, of the others nothing is known.
@test "lines that would be too long are not" {
	"$mkrun" --lambda -w 300 --lose 7:1 --no-end >run.svf
	run --separate-stderr sv-stats --all run.svf
	[ "$status" -eq 1 ]
	echo "$output" >text
	grep -A 1 -F '  invocations 301: 0 answered' text
	grep -A 1 -F '  bill  ' text
	run awk 'length > 80 || / $/' text
	echo "$output"
	[ -z "$output" ]
}

@test "of a run without an end, an estimate does not go on" {
	"$mkrun" --lambda -w 1 --no-end >run.svf
	run --separate-stderr sv-stats --section bill run.svf
	[ "$status" -eq 1 ]
	[[ "$output" == *"not known "*" 1  "* ]]
	run --separate-stderr sv-stats run.svf
	[[ "$output" == *"1: 0 answered, 1 not ended, none failed"* ]]
	[[ "$output" == *'1 request, 0 GB-seconds: $0.0000002 (the time of 1 is not known)'* ]]
}

@test "a run without functions has no bill" {
	"$mkrun" >run.svf
	run sv-stats --section bill run.svf
	[ "$status" -eq 0 ]
	[ "$output" = "Bill
  no functions were invoked" ]
	run sv-stats run.svf
	[[ "$output" != *Bill* ]]
	[[ "$output" != *"  bill "* ]]
	[[ "$output" != *"  invocations "* ]]
	[ "$(summary n_billed)" = 0 ]
	[ "$(summary dollars)" = 0 ]
	[ "$(summary memory_mb)" = nan ]
	[ "$(sv-stats -f json --section bill run.svf)" = \
	    '{"run":"run.svf","bill":[]}' ]
	[ "$(sv-stats -f tsv --section bill run.svf | wc -l)" -eq 1 ]
}

@test "an architecture that there is no price of is a usage error" {
	run --separate-stderr sv-stats --arch sparc run.svf
	[ "$status" -eq 2 ]
	[ "${stderr_lines[0]}" = \
	    "sv-stats: --arch sparc: expected x86_64 or arm64" ]
	[ "${stderr_lines[1]}" = "try 'sv-stats --help'" ]
}

# 1.497 GB-seconds at 0.0000133334.
@test "what machine the workers say they run on decides, and not the option" {
	"$mkrun" --lambda --arm64 -w 4 >run.svf
	run --separate-stderr sv-stats -f tsv --section bill run.svf
	[ -z "$stderr" ]
	echo "$output" >out.tsv
	[ "$(row all duration_dollars)" = 1.99600998e-05 ]
	run --separate-stderr sv-stats --arch x86_64 --section bill run.svf
	[ "$status" -eq 0 ]
	[[ "$output" == *"arm64 in us-east-1"* ]]
	[ "$stderr" = "sv-stats: run.svf: --arch x86_64 is not used: the workers say arm64" ]
	run --separate-stderr sv-stats -q --arch x86_64 --section bill run.svf
	[ -z "$stderr" ]
	run --separate-stderr sv-stats --arch arm64 --section bill run.svf
	[ -z "$stderr" ]
}

# Worker 0 has no REPORT line of its own, the others have.
@test "a line in a log takes the place of an estimate" {
	"$mkrun" --lambda -w 4 >run.svf
	sv-cat -t hello run.svf | jq -r .text.request_id | head -n 1 >id
	line() {
		printf 'REPORT RequestId: %s\tDuration: 1.00 ms\t' "$1"
		printf 'Billed Duration: %s ms\tMemory Size: 128 MB\t' "$2"
		printf 'Max Memory Used: 99 MB\n'
	}
	{
		line "$(cat id)" 1234
		echo 'START RequestId: x'
		line "$(cat id)" 1234
		line 11111111-2222-3333-4444-555555555555 5000
		line '' 1
	} >log
	run --separate-stderr sv-stats -f tsv --section bill --report log run.svf
	[ "$status" -eq 0 ]
	echo "$output" >out.tsv
	cat out.tsv
	[ "${stderr_lines[0]}" = "sv-stats: --report: 1 REPORT line without id, or with a time that cannot be" ]
	[ "${stderr_lines[1]}" = "sv-stats: --report: 1 of 2 REPORT lines belongs to no invocation of the run" ]
	[ "${#stderr_lines[@]}" -eq 2 ]
	[ "$(row reported requests)" = 4 ]
	near "$(row reported billed_s)" 11.734
	near "$(row all gb_seconds)" 1.46675
	! row estimate requests || false
	[ "$(sv-stats -q -f json --report log run.svf | jq .max_memory_mb)" = 99 ]
	# The same once more, and in another file.
	cp log copy
	sv-stats -q -f tsv --section bill --report log --report copy run.svf |
	    diff - out.tsv
	run --separate-stderr sv-stats -q --report log run.svf
	[ -z "$stderr" ]
}

@test "a log without such lines, and one that is not there" {
	"$mkrun" --lambda -w 4 >run.svf
	echo nothing >log
	run --separate-stderr sv-stats --section bill --report log run.svf
	[ "$status" -eq 0 ]
	[ "$stderr" = "sv-stats: --report: there is no REPORT line" ]
	[ "$output" = "$(sv-stats --section bill run.svf)" ]
	run --separate-stderr sv-stats --report missing run.svf
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ "$stderr" = "sv-stats: missing: No such file or directory" ]
}
