bats_require_minimum_version 1.5.0

# sv-stats, on runs that mkrun makes: see there for the times.

setup() {
	load runs.bash
	runs_setup
}

# Two workers, two rounds: comp 0.10 0.11 / 0.12 0.13; a round takes the
# slowest's 0.001 + comp + 0.004 + 0.002 + 0.001 + 0.003 + 0.01.
@test "the summary in JSON equals what is known by hand" {
	"$mkrun" --grad >run.svf
	sv-stats -f json run.svf >out.json
	[ "$(json run)" = run.svf ]
	[ "$(json workers)" = 2 ]
	[ "$(json rounds)" = 2 ]
	[ "$(json other_rounds)" = 2 ]
	[ "$(json missing_rounds)" = 0 ]
	[ "$(json status)" = converged ]
	[ "$(json job)" = 0123456789abcdef ]
	[ "$(json objective)" = 100.25 ]
	[ "$(json optimality)" = 0.001 ]
	[ "$(json primal)" = 0.25 ]
	[ "$(json dual)" = 0.125 ]
	[ "$(json rho)" = 2.0 ]
	[ "$(json nonzero)" = 3 ]
	near "$(json wall_s)" 0.564	# 2 (0.131 + 0.151)
	near "$(json total_s)" 1.964	# 1 + 0.564 + 0.5 - 0.1
	near "$(json round_s)" 0.141
	near "$(json master_s)" 0.01
	near "$(json cpu_s)" 0.46	# the gradients too
	near "$(json load_cpu_s)" 0.3
	near "$(json comp_s)" 0.115
	near "$(json idle_s)" 0.0325	# round 1 had none
	near "$(json delay_s)" 0.121
	near "$(json communication_s)" 0.004
	near "$(json queueing_s)" 0.002
	near "$(json barrier_s)" 0.0085	# 0.014 and 0.003
	[ "$(json bytes_up)" = 1600 ]
	[ "$(json bytes_down)" = 896 ]
	[ "$(json n_invocations)" = 2 ]
	[ "$(json lost)" = 0 ]
	[ "$(json replaced)" = 0 ]
	[ "$(json shard_bytes)" = 8000 ]
	[ "$(json rss_bytes)" = 2002000 ]
	[ "$(json features)" = 4 ]
	[ "$(json nonzeros)" = 2000 ]
}

@test "the other sections in JSON equal what is known by hand" {
	"$mkrun" --grad >run.svf
	sv-stats -f json run.svf >out.json
	[ "$(json trace.2.round)" = 2 ]
	[ "$(json trace.2.op)" = step ]
	[ "$(json trace.2.primal)" = 0.5 ]
	[ "$(json trace.2.objective)" = null ]
	near "$(json trace.2.time_s)" 0.151
	[ "$(json trace.3.op)" = grad ]
	[ "$(json trace.3.objective)" = 100.5 ]
	[ "$(json utilisation.0.quantity)" = computation ]
	near "$(json utilisation.0.sd_workers_s)" 0.0070710678118654752
	near "$(json utilisation.0.sd_rounds_s)" 0.014142135623730951
	near "$(json utilisation.0.share)" 0.7796610169491526
	near "$(json utilisation.8.mean_s)" 0.141	# round
	[ "$(json shards.1.shard)" = 1 ]
	near "$(json shards.1.comp_s)" 0.12
	near "$(json shards.1.idle_s)" 0.035
	near "$(json shards.1.slow)" 1
	near "$(json shards.0.slow)" 0
	[ "$(json starts.0.part)" = "cold start" ]
	near "$(json starts.0.mean_s)" 0.405
	near "$(json starts.0.min_s)" 0.4
	near "$(json starts.0.max_s)" 0.41
	[ "$(json starts.0.max_shard)" = 1 ]
	near "$(json starts.1.mean_s)" 0.05
	near "$(json starts.2.mean_s)" 0.155
	near "$(json starts.3.mean_s)" 0.2
	near "$(json invocations.1.at_s)" 0.01
	[ "$(json invocations.1.cpu_s)" = 1.5 ]
	[ "$(json responsiveness.0.workers)" = 1 ]
	[ "$(json responsiveness.19.workers)" = 1 ]
	near "$(json models.0.wall_s)" 0.564
	[ "$(json events)" = "[]" ]
}

@test "a lost worker shows as an event, a generation and a second start" {
	"$mkrun" -w 3 -r 4 --lose 1:2 >run.svf
	sv-stats -f json run.svf >out.json
	[ "$(json lost)" = 1 ]
	[ "$(json replaced)" = 1 ]
	[ "$(json n_invocations)" = 4 ]
	[ "$(json shards.1.generation)" = 2 ]
	[ "$(json shards.1.changes)" = 1 ]
	[ "$(json shards.1.rounds)" = 3 ]
	# Round 2 is not known of it: 0.11, 0.15, 0.17.
	near "$(json shards.1.comp_s)" 0.14333333333333334
	[ "$(json invocations.1.signal)" = 9 ]
	near "$(json invocations.2.total_s)" 0.5
	[ "$(json events.0.event)" = lost ]
	[ "$(json events.0.why)" = "killed by signal 9" ]
	run sv-stats run.svf
	[ "$status" -eq 0 ]
	[[ "$output" == *"1 lost, 1 replaced"* ]]
	[[ "$output" == *"killed by signal 9"* ]]
}

@test "the text fits 80 columns and no line ends in blanks" {
	"$mkrun" -w 300 -r 60 --grad --lose 7:5 >run.svf
	sv-stats --all run.svf >all
	sv-stats run.svf >text
	run awk 'length > 80 || / $/' all text
	echo "$output"
	[ -z "$output" ]
	for heading in Summary Trace Utilisation Workers 'Cold starts' \
	    Responsiveness Losses; do
		grep -q "^$heading" text
	done
	[ "$(grep -c . text)" -lt 120 ]
	[ "$(grep -c . all)" -gt 660 ]
}

@test "text says what a person asks first" {
	"$mkrun" --grad >run.svf
	run sv-stats run.svf
	[ "$status" -eq 0 ]
	[[ "$output" == *"converged after 2 rounds and 2 for gradients"* ]]
	[[ "$output" == *"1,000 rows, 4 features, 2,000 non-zeros"* ]]
	[[ "$output" == *"564 ms from the first global to the model"* ]]
	[[ "$output" == *"1.96 s from the first request to the end"* ]]
	[[ "$output" == *"141 ms; a worker computes 115 ms, is idle 32.5 ms"* ]]
}

@test "one section alone, in each format" {
	"$mkrun" --grad >run.svf
	run sv-stats --section starts run.svf
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "Cold starts: request made to first hello" ]
	[ "${#lines[@]}" -eq 7 ]
	sv-stats -f tsv --section shards run.svf >tsv
	[ "$(head -n 1 tsv | cut -f 1-3)" = "shard	generation	changes" ]
	[ "$(wc -l <tsv)" -eq 3 ]
	[ "$(awk -F '\t' 'NR == 1 { n = NF } NF != n' tsv)" = "" ]
	sv-stats -f json --section trace run.svf >out.json
	[ "$(json trace.0.round)" = 1 ]
	run json workers
	[ "$status" -ne 0 ]
	sv-stats -f json --section summary run.svf >out.json
	[ "$(json workers)" = 2 ]
	run json trace
	[ "$status" -ne 0 ]
}

@test "every section in TSV is as wide as its header" {
	"$mkrun" --grad --lose 1:1 >run.svf
	for s in summary models trace utilisation shards starts invocations \
	    responsiveness events comparison; do
		echo "$s"
		sv-stats -f tsv --section $s run.svf >tsv
		[ "$(wc -l <tsv)" -gt 1 ]
		[ "$(awk -F '\t' 'NR == 1 { n = NF } NF != n' tsv)" = "" ]
	done
	"$mkrun" --lambda -w 3 >run.svf
	for s in summary starts invocations bill; do
		echo "$s"
		sv-stats -f tsv --section $s run.svf >tsv
		[ "$(wc -l <tsv)" -gt 1 ]
		[ "$(awk -F '\t' 'NR == 1 { n = NF } NF != n' tsv)" = "" ]
	done
}

# C = 0.4 / W; a run takes 2 C + 0.02 + 2 (0.011 (W - 1) + 0.02).
@test "several runs are compared: speedup and efficiency" {
	for w in 4 1 2; do
		"$mkrun" -w $w -c "$(awk "BEGIN { print 0.4 / $w }")" \
		    >run-$w.svf
	done
	sv-stats -f json run-*.svf >out.json
	[ "$(json comparison.0.workers)" = 1 ]
	near "$(json comparison.0.wall_s)" 0.86
	near "$(json comparison.1.wall_s)" 0.482
	near "$(json comparison.2.wall_s)" 0.326
	near "$(json comparison.2.speedup)" "$(awk 'BEGIN {
	    printf "%.15g", 0.86 / 0.326 }')"
	near "$(json comparison.2.efficiency)" "$(awk 'BEGIN {
	    printf "%.15g", 0.86 / 0.326 / 4 }')"
	[ "$(json runs.2.workers)" = 4 ]
	[ "$(json runs.2.run)" = run-4.svf ]
	sv-stats -f tsv run-*.svf >tsv
	[ "$(cut -f 1 tsv | tr '\n' ' ')" = "workers 1 2 4 " ]
	sv-stats -f tsv --section shards run-*.svf >tsv
	[ "$(cut -f 1 tsv | uniq -c | awk '{ print $1 $2 }' | tr '\n' ' ')" = \
	    "1run 1run-1.svf 2run-2.svf 4run-4.svf " ]
	run sv-stats run-*.svf
	[[ "$output" == *"Comparison"* ]]
	[[ "$output" == *"2.64"* ]]
	# A long name keeps its end.
	mkdir -p a/long/path/to/the/runs
	mv run-*.svf a/long/path/to/the/runs
	run sv-stats a/long/path/to/the/runs/*
	[ "$(awk 'length > 80' <<<"$output")" = "" ]
	[[ "$output" == *"../runs/run-1.svf"* ]]
}

# The second set's C is half as large: 2 C less in all.
@test "sets of runs are compared with the first" {
	for w in 1 2; do
		"$mkrun" -w $w -c "$(awk "BEGIN { print 0.4 / $w }")" >a-$w.svf
		"$mkrun" -w $w -c "$(awk "BEGIN { print 0.2 / $w }")" >b-$w.svf
	done
	"$mkrun" -w 8 >b-8.svf
	run -0 sv-stats --label slow a-*.svf --against --label fast b-*.svf
	echo "$output"
	[[ "$output" == *"Comparison, slow: "* ]]
	[[ "$output" == *"Comparison, fast: "* ]]
	[[ "$output" == *"ratio: times as fast as slow)"* ]]
	[ "$(awk 'length > 80' <<<"$output")" = "" ]
	sv-stats -f json --label slow a-*.svf --against --label fast b-*.svf \
	    >out.json
	[ "$(json comparison.0.set)" = slow ]
	[ "$(json comparison.1.set)" = slow ]
	[ "$(json comparison.2.set)" = fast ]
	near "$(json comparison.2.ratio)" "$(awk 'BEGIN {
	    printf "%.15g", 0.86 / 0.46 }')"
	near "$(json comparison.1.ratio)" 1
	near "$(json comparison.2.speedup)" 1
	near "$(json comparison.3.speedup)" "$(awk 'BEGIN {
	    printf "%.15g", 0.46 / 0.282 }')"
	near "$(json comparison.3.round_efficiency)" "$(awk 'BEGIN {
	    printf "%.15g", 0.23 / 0.141 / 2 }')"
	# There are no eight workers in the first set.
	[ "$(json comparison.4.workers)" = 8 ]
	[ "$(json comparison.4.ratio)" = null ]
	# Sets that nobody named have numbers.
	sv-stats -f tsv a-1.svf --against b-1.svf --against a-2.svf >tsv
	[ "$(awk -F '\t' 'NR > 1 { print $18 }' tsv | tr '\n' ' ')" = \
	    "set 1 set 2 set 3 " ]
	run -2 sv-stats --against a-1.svf
	[[ "$output" == *"--against: there is no run before it"* ]]
	run -2 sv-stats a-1.svf --against
	[[ "$output" == *"--against: there is no run after it"* ]]
	run -2 sv-stats --label a --label b a-1.svf
	[[ "$output" == *"--label b: the set is called a"* ]]
}

@test "of runs with the same number of workers the median counts" {
	"$mkrun" -c 0.1 >a
	"$mkrun" -c 0.5 >b
	"$mkrun" -c 0.2 >c
	sv-stats -f json a b c >out.json
	[ "$(json comparison.0.runs)" = 3 ]
	near "$(json comparison.0.comp_s)" 0.215
}

@test "joined runs on stdin are told apart" {
	("$mkrun" -w 1; "$mkrun" -w 2) | sv-stats -f json >out.json
	[ "$(json runs.0.workers)" = 1 ]
	[ "$(json runs.1.workers)" = 2 ]
}

@test "two masters in one run: the last model, the rounds of both" {
	"$mkrun" --masters 2 >run.svf
	sv-stats -f json run.svf >out.json
	[ "$(json rounds)" = 4 ]
	[ "$(json models.0.l1)" = 1.0 ]
	[ "$(json models.1.l1)" = 2.0 ]
	near "$(json models.1.wall_s)" 0.282
	near "$(json wall_s)" 0.564
	run sv-stats run.svf
	[[ "$output" == *"the last of 2 models"* ]]
}

@test "the exit status is that of the END frame" {
	"$mkrun" >done
	"$mkrun" --status 3 >limit
	"$mkrun" --status 1 >failed
	run sv-stats done
	[ "$status" -eq 0 ]
	run sv-stats limit
	[ "$status" -eq 3 ]
	[[ "$output" == *"limit after 2 rounds"* ]]
	run sv-stats failed
	[ "$status" -eq 1 ]
	run sv-stats done limit
	[ "$status" -eq 3 ]
	run sv-stats limit failed done
	[ "$status" -eq 1 ]
}

@test "a run that failed says why, and shows no empty tables" {
	"$mkrun" -r 0 --no-model --status 1 >run.svf
	run sv-stats run.svf
	[ "$status" -eq 1 ]
	[ "${lines[1]}" = "  status      failed after 0 rounds" ]
	[ "${lines[2]}" = "  reason      a reason that is so long that it does not fit into one line of" ]
	[ "${lines[3]}" = "              the terminal, though it has no more than one thing to say" ]
	[[ "$output" == *"Cold starts"* ]]
	[[ "$output" != *"Utilisation"* ]]
	[[ "$output" != *"nothing was recorded"* ]]
	run sv-stats --section trace run.svf
	[ "$output" = "Trace: one row a round, as the master saw it
  nothing was recorded" ]
}

@test "a run that asked for no worker does not say how long they took" {
	"$mkrun" -r 0 --no-model --unasked --status 1 >run.svf
	run sv-stats run.svf
	[ "$status" -eq 1 ]
	[[ "$output" == *"2 asked for, by exec of sv-worker; none started"* ]]
	[[ "$output" != *"in all"* ]]
	[[ "$output" != *"none lost"* ]]
	sv-stats -f json run.svf >out.json || [ $? -eq 1 ]
	[ "$(json total_s)" = null ]
	# A hub that others sent the workers to still says how many.
	"$mkrun" --unasked >run.svf
	run sv-stats run.svf
	[[ "$output" == *"2, by exec of sv-worker; none lost"* ]]
}

@test "a run without an end is shown, and fails" {
	"$mkrun" --no-end >run.svf
	run --separate-stderr sv-stats run.svf
	[ "$status" -eq 1 ]
	[ "$stderr" = "sv-stats: run.svf: the run has no end" ]
	[[ "$output" == *"unfinished after 2 rounds"* ]]
	sv-stats -f json run.svf >out.json 2>err || true
	[ "$(json status)" = unfinished ]
	[ "$(json total_s)" = null ]
	near "$(json wall_s)" 0.282
}

@test "a run without a model is shown" {
	"$mkrun" --no-model --status 1 >run.svf
	run sv-stats -f json run.svf
	[ "$status" -eq 1 ]
	echo "$output" >out.json
	[ "$(json status)" = failed ]
	[ "$(json wall_s)" = null ]
	[ "$(json primal)" = 0.5 ]
	[ "$(json models)" = "[]" ]
}

@test "damage is named by its byte, and what came before is shown" {
	"$mkrun" -r 4 >whole
	size=$(wc -c <whole)
	head -c $((size - 700)) whole >run.svf
	run --separate-stderr sv-stats run.svf
	[ "$status" -eq 1 ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ "$stderr" == "sv-stats: run.svf: frame at byte "* ]]
	[[ "$output" == *"unfinished after 4 rounds"* ]]
	# A flipped bit in the payload of the first frame.
	(head -c 90 whole; printf x; tail -c +92 whole) >run.svf
	run --separate-stderr sv-stats run.svf
	[ "$status" -eq 1 ]
	[[ "$stderr" == *"run.svf: frame at byte 0: "*checksum* ]]
}

@test "a master's own output is enough for a summary and a trace" {
	"$mkrun" --alone --grad | sv-stats -f json >out.json
	[ "$(json rounds)" = 2 ]
	[ "$(json other_rounds)" = 2 ]
	[ "$(json workers)" = 2 ]
	[ "$(json comp_s)" = null ]
	"$mkrun" --alone --status 3 >run.svf
	run sv-stats run.svf
	[ "$status" -eq 3 ]
}

@test "records that are missing are remarked, unless it shall be quiet" {
	"$mkrun" -r 4 >whole
	# Without the TIMING of the first round.
	/usr/bin/python3 -c '
import struct, sys
data, seen = sys.stdin.buffer.read(), 0
while data:
    n = 80 + struct.unpack_from("<Q", data, 48)[0]
    seen += data[5] == 7
    if data[5] != 7 or seen > 1:
        sys.stdout.buffer.write(data[:n])
    data = data[n:]' <whole >run.svf
	run --separate-stderr sv-stats run.svf
	[ "$status" -eq 0 ]
	[ "$stderr" = "sv-stats: run.svf: the records of 1 rounds are missing from the stream" ]
	run --separate-stderr sv-stats -q run.svf
	[ -z "$stderr" ]
}

@test "runs of different problems are not compared without a remark" {
	"$mkrun" >a
	sv-gen -n 7 -d 3 -p 0.5 -s 1 >b
	(sv-cat -f frames b; sv-cat -f frames -t job,timing,model,end a) >c
	run --separate-stderr sv-stats a c
	[ "$status" -eq 0 ]
	[[ "$stderr" == "sv-stats: c: another problem than that of a" ]]
}

@test "empty, missing and foreign files are errors" {
	: >empty
	run --separate-stderr sv-stats empty
	[ "$status" -eq 1 ]
	[ "$stderr" = "sv-stats: empty: empty, not a run" ]
	run --separate-stderr sv-stats nowhere
	[ "$status" -eq 1 ]
	[ "$stderr" = "sv-stats: nowhere: No such file or directory" ]
	echo hello, this is no frame at all, but long enough to be one, as long \
	    as it goes on >text
	run --separate-stderr sv-stats text
	[ "$status" -eq 1 ]
	[ "$stderr" = "sv-stats: text: frame at byte 0: not a frame (magic number is wrong); text is cut up with sv-shard" ]
	# Short text, too; and only where the stream begins.
	echo '1 1:1' >text
	run --separate-stderr sv-cat text
	[ "$status" -eq 1 ]
	[ "$stderr" = "sv-cat: text: frame at byte 0: not a frame (magic number is wrong); text is cut up with sv-shard" ]
	{ "$mkrun"; head -c 80 </dev/zero; } >text
	run --separate-stderr sv-cat text
	[ "$status" -eq 1 ]
	[[ "$stderr" == *": not a frame (magic number is wrong)" ]]
	# One that is there is shown all the same.
	"$mkrun" >run.svf
	run --separate-stderr sv-stats run.svf nowhere
	[ "$status" -eq 1 ]
	[[ "$output" == *"Summary"* ]]
}

@test "output that cannot be written is an error" {
	"$mkrun" >run.svf
	run sv-stats -o out.txt run.svf
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	grep -q Summary out.txt
	run sv-stats -o no/such/dir run.svf
	[ "$status" -eq 1 ]
	[ -e /dev/full ] || skip "there is no /dev/full"
	for f in text json tsv; do
		run bash -c "sv-stats -f $f run.svf 2>&1 >/dev/full"
		[ "$status" -eq 1 ]
		[ "$output" = "sv-stats: standard output: No space left on device" ]
	done
}

@test "usage errors: a line, where to look, status 2" {
	for bad in '-f xml' '--section nothing' '--bad' '-x'; do
		# shellcheck disable=SC2086
		run --separate-stderr sv-stats $bad
		[ "$status" -eq 2 ]
		[ -z "$output" ]
		[ "${stderr_lines[1]}" = "try 'sv-stats --help'" ]
	done
	run --separate-stderr sv-stats --help
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	run sv-stats -V
	[[ "$output" == "sv-stats (sv) "* ]]
}

@test "1,000 workers x 1,000 rounds: 3 s and 200 MB are enough" {
	[ -z "$SV_SANITIZED" ] || skip "sanitizers take their own memory and time"
	"$mkrun" -w 1000 -r 1000 >run.svf
	(ulimit -v 200000; sv-stats -f json run.svf >out.json)
	[ "$(json rounds)" = 1000 ]
	[ "$(json shards.999.rounds)" = 1000 ]
	ulimit -t 3
	sv-stats run.svf >/dev/null
}
