bats_require_minimum_version 1.5.0

# sv-stats on single rounds and single values; mkrun says what is known.

setup() {
	load runs.bash
	runs_setup
}

# about X Y: the same, but for what single precision leaves out?
about() {
	awk -v x="$1" -v y="$2" 'BEGIN {
		d = x - y; if (d < 0) d = -d
		if (d < 1e-6) exit 0
		print x, "is not", y; exit 1 }'
}

# row SECTION KEY VALUE: the number of the row that begins like that.
row() {
	/usr/bin/python3 -c 'import json, sys
rows = json.load(open("out.json"))[sys.argv[1]]
print([str(r[sys.argv[2]]) for r in rows].index(sys.argv[3]))' "$@"
}

# Three workers: comp 0.10 0.11 0.12 and 0.02 more each round, 0.5 more in
# rounds that are no steps; a step takes the slowest's 0.002 + comp + 0.007 and
# 0.003 + 0.01.
@test "a row for each round, and what it says" {
	"$mkrun" -w 3 -r 4 --grad --conj --aside 0.5 >run.svf
	sv-stats -f json --section rounds run.svf >out.json
	[ "$(json per_round.3.round)" = 2 ]
	[ "$(json per_round.3.op)" = step ]
	[ "$(json per_round.3.step)" = 1 ]
	[ "$(json per_round.3.master)" = 1 ]
	near "$(json per_round.3.at_s)" 1.426	# 0.142 + 2 x 0.642
	near "$(json per_round.3.time_s)" 0.162
	near "$(json per_round.3.send_s)" 0.002
	[ "$(json per_round.3.slowest)" = 2 ]
	near "$(json per_round.3.response_s)" 0.144
	near "$(json per_round.3.comp_s)" 0.13
	near "$(json per_round.3.comp_max_s)" 0.14
	near "$(json per_round.3.idle_s)" 0.035
	near "$(json per_round.3.delay_s)" 0.136
	near "$(json per_round.3.communication_s)" 0.004
	near "$(json per_round.3.queueing_s)" 0.002
	near "$(json per_round.3.barrier_s)" 0.014	# 0.025 0.014 0.003
	near "$(json per_round.3.master_s)" 0.01
	[ "$(json per_round.3.answered)" = 3 ]
	near "$(json per_round.3.cpu_s)" 0.195
	[ "$(json per_round.3.bytes_down)" = 336 ]
	[ "$(json per_round.3.bytes_up)" = 600 ]
	[ "$(json per_round.4.op)" = grad ]
	[ "$(json per_round.5.op)" = conj ]
	[ "$(json per_round.5.step)" = 0 ]
	near "$(json per_round.5.time_s)" 0.662
	[ "$(json per_round.0.idle_s)" = null ]
	run json per_round.12.op
	[ "$status" -ne 0 ]
}

@test "rounds that are no steps of the method are in sums, not in means" {
	"$mkrun" -w 3 -r 4 --grad --conj --aside 0.5 >run.svf
	sv-stats -f json run.svf >out.json
	[ "$(json per_round.11.op)" = conj ]
	[ "$(json other_rounds)" = 8 ]
	near "$(json comp_s)" 0.14
	near "$(json idle_s)" 0.035
	near "$(json delay_s)" 0.146
	near "$(json communication_s)" 0.004
	near "$(json queueing_s)" 0.002
	near "$(json barrier_s)" 0.014
	near "$(json master_s)" 0.01
	near "$(json round_s)" 0.172
	near "$(json cpu_s)" 8.52	# 12 x (0.14 + 0.64 + 0.64) / 2
	[ "$(json bytes_down)" = 4032 ]
	[ "$(json bytes_up)" = 7200 ]
	[ "$(json responsiveness.19.workers)" = 1 ]
	[ "$(json responsiveness.0.workers)" = 2 ]
}

@test "rounds of gradients are steps where the method makes them" {
	"$mkrun" -w 3 -r 4 --gradients --conj --aside 0.5 >run.svf
	sv-stats -f json run.svf >out.json
	[ "$(json rounds)" = 4 ]
	[ "$(json other_rounds)" = 4 ]
	[ "$(json per_round.2.op)" = grad ]
	[ "$(json per_round.2.step)" = 1 ]
	[ "$(json per_round.3.step)" = 0 ]
	near "$(json comp_s)" 0.64
	# One more at the same round looks at an answer.
	"$mkrun" -w 3 -r 4 --gradients --grad >run.svf
	sv-stats -f json run.svf >out.json
	[ "$(json rounds)" = 4 ]
	[ "$(json other_rounds)" = 4 ]
}

# 0.131 0.151, 0.171 0.191.
@test "models of a path: each has its rounds, and its time" {
	"$mkrun" -r 2 --path 2 >run.svf
	sv-stats -f json run.svf >out.json
	[ "$(json n_models)" = 2 ]
	[ "$(json rounds)" = 4 ]
	[ "$(json per_round.3.master)" = 1 ]
	near "$(json models.0.wall_s)" 0.282
	near "$(json models.1.wall_s)" 0.362
	near "$(json wall_s)" 0.644
}

@test "the trace: what a master knows of each round" {
	"$mkrun" -w 2 -r 3 >run.svf
	sv-stats -f json --section trace run.svf >out.json
	[ "$(json trace.1.primal)" = 0.5 ]
	[ "$(json trace.1.dual)" = 0.25 ]
	[ "$(json trace.1.rho)" = 2.0 ]
	[ "$(json trace.1.split)" = 100.0 ]
	[ "$(json trace.1.inner)" = 20 ]
	[ "$(json trace.1.passes)" = 12.0 ]
	[ "$(json trace.1.nonzero)" = 3 ]
	near "$(json trace.1.time_s)" 0.151
}

@test "CPU seconds of each worker, in rounds of every kind" {
	"$mkrun" -w 2 -r 2 --grad --aside 0.5 >run.svf
	sv-stats -f json run.svf >out.json
	# Half of 0.11 0.13 0.61 0.63; and of 0.01 less each.
	near "$(json shards.1.cpu_s)" 0.74
	near "$(json cpu_s)" 1.46
}

# Twelve values of each: 0.10 0.11 0.12, 0.12 0.13 0.14, ...
@test "utilisation: means, deviations and quantiles" {
	"$mkrun" -w 3 -r 4 --grad --aside 0.5 >run.svf
	sv-stats -f json --section utilisation run.svf >out.json
	[ "$(json utilisation.0.quantity)" = computation ]
	near "$(json utilisation.0.mean_s)" 0.14
	near "$(json utilisation.0.sd_workers_s)" 0.01
	# 0.02 times that of 0, 1, 2, 3
	near "$(json utilisation.0.sd_rounds_s)" 0.025819888974716113
	near "$(json utilisation.0.min_s)" 0.13
	near "$(json utilisation.0.max_s)" 0.15
	about "$(json utilisation.0.median_s)" 0.14
	about "$(json utilisation.0.p95_s)" 0.18
	near "$(json utilisation.0.share)" 0.8
	[ "$(json utilisation.1.quantity)" = idle ]
	near "$(json utilisation.1.sd_workers_s)" 0.005
	about "$(json utilisation.1.median_s)" 0.035
	about "$(json utilisation.1.p99_s)" 0.04
	about "$(json utilisation.2.median_s)" 0.146
	about "$(json utilisation.3.p99_s)" 0.004
	about "$(json utilisation.4.median_s)" 0.002
	about "$(json utilisation.5.median_s)" 0.014
	about "$(json utilisation.5.p95_s)" 0.025
	[ "$(json utilisation.6.quantity)" = send ]
	near "$(json utilisation.6.mean_s)" 0.002
	[ "$(json utilisation.7.quantity)" = master ]
	near "$(json utilisation.7.mean_s)" 0.01
	near "$(json utilisation.7.median_s)" 0.01
	[ "$(json utilisation.8.quantity)" = round ]
	near "$(json utilisation.8.mean_s)" 0.172
	near "$(json utilisation.8.sd_rounds_s)" 0.025819888974716113
	near "$(json utilisation.8.median_s)" 0.172	# 0.162 and 0.182
	near "$(json utilisation.8.p95_s)" 0.202
	# An odd number of rounds has one in the middle.
	"$mkrun" -w 3 -r 5 >run.svf
	sv-stats -f json --section utilisation run.svf >out.json
	near "$(json utilisation.8.median_s)" 0.182
	about "$(json utilisation.0.median_s)" 0.15
}

@test "timing: the moments of each worker in the rounds that are chosen" {
	"$mkrun" -w 2 -r 5 --grad --aside 9 >run.svf
	sv-stats -f json --section timing run.svf >out.json
	[ "$(json timing.0.round)" = 3 ]
	[ "$(json timing.0.chosen)" = median ]
	[ "$(json timing.1.shard)" = 1 ]
	about "$(json timing.1.sent_s)" 0.001
	# 0.154 until it is received, 0.150 of it computing.
	about "$(json timing.1.comp_begin_s)" 0.003
	about "$(json timing.1.comp_end_s)" 0.153
	about "$(json timing.1.received_s)" 0.155
	about "$(json timing.1.taken_s)" 0.157
	about "$(json timing.1.summed_s)" 0.158
	near "$(json timing.1.barrier_end_s)" 0.161
	near "$(json timing.1.master_end_s)" 0.171
	about "$(json timing.1.idle_s)" 0.035
	about "$(json timing.1.cpu_s)" 0.075
	[ "$(json timing.3.round)" = 5 ]
	[ "$(json timing.3.chosen)" = slowest ]
	run json timing.4
	[ "$status" -ne 0 ]
}

# chosen LIST: the rounds and why, in order.
chosen() {
	sv-stats -f tsv --section timing --rounds "$1" run.svf |
	    awk -F '\t' 'NR > 1 && $4 == 0 { printf "%s%s ", $1, $2 }'
}

@test "rounds are chosen by number and by name, each once" {
	"$mkrun" -w 2 -r 4 --grad >run.svf
	[ "$(chosen first,last,3)" = "1first 4last 3 " ]
	[ "$(chosen 4,2,2,slowest)" = "4 2 " ]
	# Of four the shorter one in the middle.
	[ "$(chosen median)" = "2median " ]
	# Of equally slow ones the first; a number is the first master's.
	"$mkrun" -w 2 -r 3 --masters 2 >run.svf
	[ "$(chosen slowest,2)" = "3slowest 2 " ]
	sv-stats -f json --section timing --rounds slowest,last run.svf >out.json
	[ "$(json timing.0.master)" = 1 ]
	[ "$(json timing.2.master)" = 2 ]
}

@test "a round that is not there is an error, a list that is none is usage" {
	"$mkrun" -w 2 -r 4 >run.svf
	run --separate-stderr sv-stats --section timing --rounds 1,9 run.svf
	[ "$status" -eq 1 ]
	[ "$stderr" = "sv-stats: run.svf: --rounds: there is no round 9 among those from 1 to 4" ]
	for bad in '' , 1, ,1 1,,2 fastest -1 1.5 99999999999 4294967296; do
		run --separate-stderr sv-stats --rounds "$bad" run.svf
		[ "$status" -eq 2 ]
		[[ "${stderr_lines[0]}" == "sv-stats: --rounds $bad: expected"* ]]
	done
	"$mkrun" -r 0 --no-model >run.svf
	run --separate-stderr sv-stats --section timing --rounds 1 run.svf
	[ "$status" -eq 1 ]
	[ "$stderr" = "sv-stats: run.svf: --rounds: there is no round 1, nor any other" ]
	# A name names what there is.
	run --separate-stderr sv-stats --section timing --rounds first run.svf
	[ "$status" -eq 0 ]
	[[ "$output" == *"nothing was recorded" ]]
}

# 40 values 0.10, 0.12 ... 0.28, four of each: the quartiles are 0.14 and 0.24,
# so that 2 x 0.10 / 40^(1/3) = 0.058; but 0.18 / 7 = 0.026 is less, and becomes
# 0.05.  Idle time is 0.030, 0.035, 0.040, 0.045: 0.015 / 7 becomes 0.005.
@test "distributions: bins that are known, and every value in one" {
	"$mkrun" -w 4 -r 10 --even --grad --aside 3 >run.svf
	sv-stats -f tsv --section distributions run.svf >tsv
	[ "$(cat tsv)" = "quantity	from_s	to_s	n	share
computation	0.1	0.15	12	0.3
computation	0.15	0.2	8	0.2
computation	0.2	0.25	12	0.3
computation	0.25	0.3	8	0.2
idle	0.03	0.035	9	0.25
idle	0.035	0.04	9	0.25
idle	0.04	0.045	9	0.25
idle	0.045	0.05	9	0.25
delay	0.1	0.15	12	0.3
delay	0.15	0.2	8	0.2
delay	0.2	0.25	12	0.3
delay	0.25	0.3	8	0.2
communication	0.004	0.0045	40	1" ]
	# Against values worked out one by one.
	"$mkrun" -w 30 -r 40 >run.svf
	sv-stats -f json --section distributions run.svf >out.json
	/usr/bin/python3 -c '
import json
comp = [0.1 + 0.01 * i + 0.02 * k for i in range(30) for k in range(40)]
idle = [0.03 + 0.005 * i for i in range(30) for k in range(39)]
values = {"computation": comp, "idle": idle,
    "delay": [v + 0.006 for v in comp], "communication": [0.004] * 1200}
rows = json.load(open("out.json"))["distributions"]
for name, v in values.items():
    mine = [r for r in rows if r["quantity"] == name]
    assert 1 <= len(mine) <= 30, name
    assert sum(r["n"] for r in mine) == len(v), name
    for r in mine:
        width = r["to_s"] - r["from_s"]
        n = sum(r["from_s"] - 1e-4 * width <= x < r["to_s"] - 1e-4 * width
            for x in v)
        assert n == r["n"] and abs(n / len(v) - r["share"]) < 1e-9, (name, r, n)
'
}

@test "distributions for a person: each quantity in its own unit, with bars" {
	"$mkrun" -w 4 -r 10 --even >run.svf
	sv-stats --section distributions run.svf >text
	cat text
	grep -Fx '  computation: median 190 ms, 95 % within 280 ms, 99 % within 280 ms' text
	grep -Fx '  communication: median 4.00 ms, 95 % within 4.00 ms, 99 % within 4.00 ms' text
	grep -Fx '  100.0  150.0  12   30 %  ############' text
	[ "$(awk 'length > 80 || / $/' text)" = "" ]
}

@test "ties: of equally slow workers the lower ones are slowest" {
	"$mkrun" -w 25 -r 4 --even >run.svf
	sv-stats -f json run.svf >out.json
	# 25 / 10 is rounded to 3.
	[ "$(json responsiveness.19.workers)" = 3 ]
	[ "$(json responsiveness.0.workers)" = 22 ]
	for i in 0 1 2; do
		near "$(json shards.$i.slow)" 1
		[ "$(json per_round.$i.slowest)" = 0 ]
	done
	near "$(json shards.3.slow)" 0
}

# Each is among the two slowest of twenty in two of twenty rounds.
@test "responsiveness of workers that take turns" {
	"$mkrun" -w 20 -r 20 --rotate >run.svf
	sv-stats -f json run.svf >out.json
	[ "$(json responsiveness.2.workers)" = 20 ]
	near "$(json responsiveness.2.from)" 0.1
	near "$(json shards.7.slow)" 0.1
	# (i + k) mod 20 = 19 in round 1, 2, ...
	[ "$(json per_round.0.slowest)" = 18 ]
	[ "$(json per_round.1.slowest)" = 17 ]
	# Everybody has been everywhere: 0.1 + 0.01 x 9.5 + 0.02 x 9.5
	near "$(json shards.3.comp_s)" 0.385
	near "$(json utilisation.0.sd_workers_s)" 0
}

@test "clocks that differ: durations stay, starts lose what needs both" {
	"$mkrun" -w 3 >same.svf
	"$mkrun" -w 3 --skew -3600 >run.svf
	for s in summary utilisation distributions rounds; do
		sv-stats -f tsv --section $s same.svf | sed '1d' |
		    cut -f 2-42 >a
		sv-stats -f tsv --section $s run.svf | sed '1d' |
		    cut -f 2-42 >b
		[ -s a ]
		cmp a b
	done
	sv-stats -f json run.svf >out.json
	[ "$(json clocks_disagree)" = 2 ]
	i=$(row starts part "cold start")
	[ "$(json starts."$i".n)" = 3 ]
	near "$(json starts."$i".median_s)" 0.41
	i=$(row starts part request)
	[ "$(json starts."$i".n)" = 1 ]
	near "$(json starts."$i".median_s)" 0.05
	i=$(row starts part load)
	[ "$(json starts."$i".n)" = 3 ]
	near "$(json starts."$i".mean_s)" 0.2
	run sv-stats run.svf
	[[ "$output" == *"the clocks of 2 workers disagree with ours"* ]]
}

@test "one worker, one round" {
	"$mkrun" -w 1 -r 1 >run.svf
	sv-stats -f json run.svf >out.json
	near "$(json comp_s)" 0.1
	[ "$(json idle_s)" = null ]
	[ "$(json utilisation.0.sd_workers_s)" = null ]
	[ "$(json utilisation.0.sd_rounds_s)" = null ]
	about "$(json utilisation.0.p99_s)" 0.1
	[ "$(json utilisation.1.median_s)" = null ]
	near "$(json utilisation.8.median_s)" 0.12
	# It is the median one and the slowest: once.
	[ "$(json timing.0.chosen)" = median ]
	run json timing.1
	[ "$status" -ne 0 ]
	[ "$(json distributions.0.n)" = 1 ]
	[ "$(row distributions quantity delay)" = 1 ]
	[ "$(json responsiveness.19.workers)" = 1 ]
	run sv-stats --all run.svf
	[ "$status" -eq 0 ]
	[[ "$output" != *nan* ]]
}

@test "no rounds: the sections are empty" {
	for options in "-r 0 --no-model" --alone; do
		# shellcheck disable=SC2086
		"$mkrun" $options >run.svf
		sv-stats -f json run.svf >out.json
		for s in rounds timing utilisation distributions; do
			[ "$(json "${s/rounds/per_round}")" = "[]" ]
			run sv-stats --section $s run.svf
			[ "$status" -eq 0 ]
			[ "${#lines[@]}" -eq 2 ]
			[ "${lines[1]}" = "  nothing was recorded" ]
		done
	done
}

@test "a worker that was lost: its rounds are not known of it" {
	"$mkrun" -w 3 -r 4 --lose 1:2 >run.svf
	sv-stats -f json --rounds 2 run.svf >out.json
	[ "$(json per_round.1.answered)" = 2 ]
	near "$(json per_round.1.comp_s)" 0.13	# 0.12, 0.14
	[ "$(json timing.1.received_s)" = null ]
	about "$(json timing.2.received_s)" 0.146
	[ "$(json per_round.2.answered)" = 3 ]
	run sv-stats --section timing --rounds 2 run.svf
	[ "$status" -eq 0 ]
	[[ "$output" != *nan* ]]
}

@test "the text of single rounds fits 80 columns" {
	"$mkrun" -w 300 -r 60 --grad --lose 7:5 >run.svf
	for s in rounds timing distributions utilisation; do
		sv-stats --section $s run.svf
		sv-stats --all --section $s run.svf
	done >text
	run awk 'length > 80 || / $/' text
	echo "$output"
	[ -z "$output" ]
	sv-stats --section rounds run.svf >text
	grep -F '(24 of 120: the first, the last and some between; --all shows all)' text
	sv-stats --section timing run.svf >text
	grep -F '(24 of 600: of each round those that answer first and last; --all shows all)' text
	[ "$(grep -c '  median  ' text)" -eq 12 ]
}

@test "every figure computed once more, from what sv-cat says of the rounds" {
	"$mkrun" -w 27 -r 31 --grad --conj --noise 5 --lose 7:5 >a.svf
	"$mkrun" -w 12 -r 9 --gradients --grad --noise 6 --rotate >b.svf
	sv-gen -n 3000 -d 60 -p 0.1 -s 1 | sv-spawn -q -w 3 -x sv-worker |
	    sv-hub -q -o c.svf -- sv-admm -q --l1 1 >/dev/null
	for run in a b c; do
		sv-stats -f json $run.svf >out.json
		sv-cat --full -f json -t timing $run.svf |
		    /usr/bin/python3 "$SV_SRCDIR/tests/oracle.py" out.json
	done
}

@test "single rounds in TSV are as wide as their headers" {
	"$mkrun" -w 3 -r 4 --grad --lose 1:2 >a
	"$mkrun" -w 2 -r 1 >b
	for s in rounds timing distributions; do
		for runs in a "a b"; do
			# shellcheck disable=SC2086
			sv-stats -f tsv --section $s $runs >tsv
			[ "$(wc -l <tsv)" -gt 1 ]
			[ "$(awk -F '\t' 'NR == 1 { n = NF } NF != n' tsv)" = "" ]
		done
		[ "$(head -n 1 tsv | cut -f 1)" = run ]
		[ "$(tail -n 1 tsv | cut -f 1)" = b ]
	done
}

@test "comparison: the fastest and the slowest cold start, and even medians" {
	"$mkrun" -w 4 >a.svf
	sv-stats -f json --section comparison a.svf >out.json
	near "$(json comparison.0.cold_min_s)" 0.4
	near "$(json comparison.0.cold_max_s)" 0.43
	# Of functions the warm one, the fastest, is none.
	"$mkrun" --lambda -w 4 >b.svf
	sv-stats -f json --section comparison b.svf >out.json
	near "$(json comparison.0.cold_min_s)" 0.36
	near "$(json comparison.0.cold_max_s)" 0.53
	# 2 (C + 0.031) + 0.02 = 0.282 and 1.082; means C + 0.015.
	"$mkrun" -c 0.1 >a.svf
	"$mkrun" -c 0.5 >b.svf
	sv-stats -f json --section comparison a.svf b.svf >out.json
	[ "$(json comparison.0.runs)" = 2 ]
	near "$(json comparison.0.comp_s)" 0.315
	near "$(json comparison.0.wall_s)" 0.682
	near "$(json comparison.0.idle_s)" 0.0325
}
