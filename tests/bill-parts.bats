bats_require_minimum_version 1.5.0

# The bill taken apart, by worker and by round.  mkrun says what is known.

setup() {
	load runs.bash
	runs_setup
}

# sum COLUMN: of the table out.tsv.
sum() {
	awk -F '\t' -v column="$1" '
	NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) c = i }
	NR > 1 { s += $c }
	END { if (!c) exit 1; printf "%.12g\n", s }' out.tsv
}

# cell ROW COLUMN: a value of out.tsv, of the row that begins so.
cell() {
	awk -F '\t' -v row="$1" -v column="$2" '
	NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) c = i }
	index($0, row) == 1 && !found { print $c; found = 1 }
	END { exit !found || !c }' out.tsv
}

# whole COLUMN: of the row of all in the section bill.
whole() {
	sv-stats "${options[@]}" -q -f tsv --section bill run.svf >bill.tsv
	awk -F '\t' -v column="$1" '
	NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) c = i }
	$1 == "all" { print $c }' bill.tsv
}

# Worker 2 was replaced: two requests of 3.5 s.
@test "the bill by worker" {
	options=()
	"$mkrun" --lambda -w 4 --lose 2:1 >run.svf
	sv-stats -f tsv --section bill-shards run.svf >out.tsv
	cat out.tsv
	[ "$(wc -l <out.tsv)" -eq 5 ]
	[ "$(cut -f 1 out.tsv | tail -n +2 | tr '\n' ' ')" = '0 1 2 3 ' ]
	[ "$(cell 2 invocations)" = 2 ]
	[ "$(cell 2 requests)" = 2 ]
	[ "$(cell 2 memory_mb)" = 128 ]
	[ "$(cell 2 source)" = reported ]
	near "$(cell 2 billed_s)" 7
	near "$(cell 2 gb_seconds)" 0.875
	[ "$(cell 0 source)" = estimate ]
	# 7 s of 1/8 GB and two requests.
	[ "$(cell 2 dollars)" = "$(awk 'BEGIN {
	    printf "%.10g", 0.875 * 0.0000166667 + 2 * 0.2e-6 }')" ]
	[ "$(sum requests)" = "$(whole requests)" ]
	near "$(sum billed_s)" "$(whole billed_s)"
	near "$(sum gb_seconds)" "$(whole gb_seconds)"
	near "$(sum dollars)" "$(whole dollars)"
}

# The one worker was called at 0.1, rounds began at 1, 1.12 and 1.26, the last
# answer was at 1.42, and the worker's end 0.25 later.
@test "the bill by round is cut where rounds begin" {
	options=()
	"$mkrun" --lambda -w 1 -r 3 -c 0.1 >run.svf
	sv-stats -f tsv --section bill-rounds run.svf >out.tsv
	cat out.tsv
	[ "$(wc -l <out.tsv)" -eq 6 ]
	[ "$(cut -f 1 out.tsv | tail -n +2 | tr '\n' ' ')" = \
	    'start-up round round round end ' ]
	near "$(cell start-up billed_s)" 0.9
	near "$(sed -n 3p out.tsv | cut -f 8)" 0.12
	near "$(sed -n 4p out.tsv | cut -f 8)" 0.14
	near "$(sed -n 5p out.tsv | cut -f 8)" 0.16
	near "$(cell end billed_s)" 0.25
	[ "$(cell start-up requests)" = 1 ]
	[ "$(cell end requests)" = 0 ]
	near "$(sum billed_s)" "$(whole billed_s)"
	near "$(sum gb_seconds)" "$(whole gb_seconds)"
	near "$(sum dollars)" "$(whole dollars)"
	# One eighth of a GB.
	near "$(cell end gb_seconds)" 0.03125
}

@test "parts add up with every architecture and the free tier" {
	"$mkrun" --lambda -w 20 --lose 7:1 -r 5 >run.svf
	cat >prices.json <<-'EOF'
	{"provider":"P","region":"R","date":"2026-01","request":0.001,
	 "duration":{"x86_64":[{"upto":20,"rate":1},{"rate":0.5}],
	  "arm64":[{"rate":0.25}]},
	 "free":{"requests":5,"gb_seconds":3},"machines":[]}
	EOF
	for tier in '' --free-tier; do
		for arch in x86_64 arm64; do
			options=(--prices prices.json --arch "$arch" $tier)
			echo "${options[@]}"
			for section in bill-shards bill-rounds; do
				sv-stats "${options[@]}" -f tsv \
				    --section "$section" run.svf >out.tsv
				[ "$(sum requests)" = 21 ]
				near "$(sum gb_seconds)" "$(whole gb_seconds)"
				near "$(sum dollars)" "$(whole dollars)"
			done
			sv-stats "${options[@]}" -f tsv --section bill run.svf \
			    >out.tsv
			near "$(sum dollars)" "$(awk -v d="$(whole dollars)" \
			    'BEGIN { printf "%.12g", 2 * d }')"
		done
	done
	# 16 requests, and what is over 3 GB-seconds.
	near "$(whole request_dollars)" 0.016
	near "$(whole duration_dollars)" "$(awk -v g="$(whole gb_seconds)" \
	    'BEGIN { printf "%.12g", 0.25 * (g - 3) }')"
}

@test "parts of the bill fit a terminal, and long ones are cut" {
	"$mkrun" --lambda -w 40 -r 60 >run.svf
	for section in bill-shards bill-rounds; do
		run --separate-stderr sv-stats --section "$section" run.svf
		[ "$status" -eq 0 ]
		[ -z "$stderr" ]
		[[ "$output" == *"--all shows all)"* ]]
		echo "$output" >text
		[ "$(wc -l <text)" -lt 32 ]
		run awk 'length > 80 || / $/' text
		[ -z "$output" ]
	done
	[ "$(sv-stats --all --section bill-rounds run.svf | wc -l)" -ge 64 ]
	[ "$(sv-stats -f json run.svf | jq '.bill_rounds | length')" = 62 ]
	[ "$(sv-stats -f json run.svf | jq '.bill_shards | length')" = 40 ]
}

@test "without functions the parts of the bill are empty, and say so" {
	"$mkrun" >run.svf
	for section in bill-shards bill-rounds; do
		run sv-stats --section "$section" run.svf
		[ "$status" -eq 0 ]
		[ "${lines[1]}" = "  no functions were invoked" ]
		[ "$(sv-stats -f json --section "$section" run.svf |
		    jq ".${section/-/_} | length")" = 0 ]
	done
}
