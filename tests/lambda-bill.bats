bats_require_minimum_version 1.5.0

# The bill of a run on sv-lambda is the sum of the functions' REPORT lines, to the
# millisecond.  What the log says is summed by awk alone.

setup() {
	load jobs.bash
	load functions.bash
	jobs_setup
	limit=100
	function_zip
}

teardown() {
	jobs_teardown
}

# reported LOG: the REPORT lines' number, ms, and MB times ms.
reported() {
	awk -F '\t' '/^REPORT RequestId: / {
		ms = mb = -1
		for (i = 2; i <= NF; i++) {
			if ($i ~ /^Billed Duration: [0-9]+ ms$/)
				split($i, a, " ") && ms = a[3]
			if ($i ~ /^Memory Size: [0-9]+ MB$/)
				split($i, a, " ") && mb = a[3]
		}
		if (ms < 0 || mb < 0) exit 1
		n++; sum += ms; product += ms * mb
	}
	END { print n + 0, sum + 0, product + 0 }' "$1"
}

# billed ARGUMENT...: the same of sv-stats.
billed() {
	sv-stats -q -f tsv --section bill "$@" | awk -F '\t' '
	NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i }
	$1 == "all" {
		printf "%d %.6f %.6f\n", $c["requests"],
		    $c["billed_s"] * 1000, $c["gb_seconds"] * 1024 * 1000
	}' | sed 's/\.000000//g'
}

# source NAME ARGUMENT...: requests whose time is known from there.
source_of() {
	local name=$1
	shift
	sv-stats -q -f tsv --section bill "$@" | awk -F '\t' -v name="$name" '
	$1 == name { n = $2 }
	END { print n + 0 }'
}

@test "calls that are answered: the bill is the log's sum" {
	sv-gen -n 3000 -d 300 -p 0.02 >problem
	cloud 'sv-spawn -w 4 -l sv <problem |
	    sv-hub -o run.svf -- sv-admm --l1 1 >/dev/null' \
	    -F "sv=$zip,memory=512,timeout=60"
	[ "$status" -eq 0 ]
	grep ^REPORT log
	[ "$(reported log | cut -d ' ' -f 1)" -eq 4 ]
	[ "$(billed run.svf)" = "$(reported log)" ]
	[ "$(source_of reported run.svf)" -eq 4 ]
	# The log has nothing to add.
	[ "$(billed --report log run.svf)" = "$(reported log)" ]
	# By worker and by round it is the same.
	for section in bill-shards bill-rounds; do
		sv-stats -f tsv --section "$section" run.svf | awk -F '\t' '
		NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i }
		NR > 1 { n += $c["requests"]; s += $c["billed_s"] }
		END { printf "%d %.6f\n", n, s * 1000 }' >sum
		cat sum
		[ "$(sed 's/\.000000//' sum)" = \
		    "$(reported log | cut -d ' ' -f 1,2)" ]
	done
	# The workers said what they run on.
	run sv-stats --arch arm64 --section bill run.svf
	case $(uname -m) in
	x86_64) [[ "$output" == *"--arch arm64 is not used"* ]] &&
	    [[ "$output" == *"x86_64 in us-east-1"* ]] ;;
	aarch64) [[ "$output" == *"arm64 in us-east-1"* ]] ;;
	esac
	nothing_left
}

@test "calls that are accepted: an estimate, and with the log the log's sum" {
	sv-gen -n 3000 -d 300 -p 0.02 >problem
	cloud 'for i in 1 2; do
	    sv-spawn -w 3 -l sv --async <problem |
	    sv-hub -o $i.svf -- sv-admm --l1 1 >/dev/null || exit
	    done' -F "sv=$zip,memory=256,timeout=60"
	[ "$status" -eq 0 ]
	[ "$(source_of estimate 1.svf)" -eq 3 ]
	[ "$(source_of reported 1.svf)" -eq 0 ]
	[ "$(source_of reported --report log 1.svf)" -eq 3 ]
	[ "$(source_of estimate --report log 1.svf)" -eq 0 ]
	# Each run has three of the six.
	reported log
	[ "$(reported log | cut -d ' ' -f 1)" -eq 6 ]
	run --separate-stderr sv-stats --section bill --report log 1.svf
	[ "$stderr" = "sv-stats: --report: 3 of 6 REPORT lines belong to no invocation of the run" ]
	run --separate-stderr sv-stats --report log 1.svf 2.svf
	[ -z "$stderr" ]
	{ billed --report log 1.svf; billed --report log 2.svf; } | awk '
	{ n += $1; ms += $2; product += $3 } END { print n, ms, product }' >both
	[ "$(cat both)" = "$(reported log)" ]
	# As aws logs tail has it, and once more: duplicates count once.
	sed 's|^|2026-01-02T03:04:05.678000+00:00 2026/01/02/[$LATEST]ab |' \
	    log >tail
	[ "$(billed --report tail --report log 1.svf)" = \
	    "$(billed --report log 1.svf)" ]
	nothing_left
}

@test "workers that are lost and replaced are billed, each of them" {
	sv-gen -n 3000 -d 300 -p 0.02 >problem
	for how in '' --async; do
		rm -f log
		# Nobody tells of an asynchronous call that it has failed.
		cloud "sv-spawn -w 4 -l sv $how <problem |
		    sv-hub -o run.svf --shard-losses 100 --job-losses 100 \
		    --round-timeout 2 --start-timeout 5 -- sv-admm \
		    --preset paper -e 0 --kmin 1000 --max-rounds 40 >/dev/null" \
		    -F "sv=$zip,memory=512,timeout=60" --fail-rate 0.3 -s 3
		[ "$status" -eq 3 ]
		grep ^REPORT log
		[ "$(sv-stats -f json run.svf | jq .lost)" -gt 0 ]
		[ "$(reported log | cut -d ' ' -f 1)" -gt 4 ]
		[ "$(billed --report log run.svf)" = "$(reported log)" ]
		[ "$(source_of estimate --report log run.svf)" -eq 0 ]
		[ "$(source_of 'not known' --report log run.svf)" -eq 0 ]
		[ -n "$how" ] || [ "$(billed run.svf)" = "$(reported log)" ]
		nothing_left
	done
}
