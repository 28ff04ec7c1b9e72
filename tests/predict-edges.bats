bats_require_minimum_version 1.5.0

# sv-predict where something is odd, missing, damaged or full.

setup() {
	set -o pipefail
	cd "$BATS_TEST_TMPDIR"
	printf '%s\n' 'solver_type L2R_LR' 'nr_class 2' 'label 1 -1' \
	    'nr_feature 2' 'bias -1' w 1 -0.5 >model
	printf '1 1:2\n-1 1:-1 2:3\n1 2:4\n' >rows
}

# fails STATUS MESSAGE ARGUMENT...: sv-predict fails so, with nothing on stdout.
fails() {
	local want_status=$1 want=$2
	shift 2
	run --separate-stderr sv-predict "$@" </dev/null
	echo "sv-predict $*: $status: $stderr"
	[ "$status" -eq "$want_status" ]
	[ -z "$output" ]
	[ "${stderr_lines[0]}" = "sv-predict: $want" ]
	[ "$want_status" -eq 1 ] ||
	    [ "${stderr_lines[1]}" = "try 'sv-predict --help'" ]
}

# frame TYPE TEXT N: a frame with the elements 1, 2, ..., N.
frame() {
	/usr/bin/python3 -c 'import struct, sys, xxhash
text = sys.argv[2].encode()
n = int(sys.argv[3])
body = text + bytes(-len(text) % 8) + struct.pack("<%dd" % n, *range(1, n + 1))
head = struct.pack("<4s4BQ8IQqQ", b"SVF\x1a", 1, int(sys.argv[1]), 1, 0, 0,
    2**32 - 1, 0, 0, 1, 0, len(text), 0, 0, len(body), 0,
    xxhash.xxh3_64_intdigest(body))
sys.stdout.buffer.write(head + struct.pack("<Q",
    xxhash.xxh3_64_intdigest(head)) + body)' "$@"
}

@test "each form of predictions is a line a row" {
	[ "$(sv-predict model rows | tr '\n' ' ')" = "1 -1 -1 " ]
	[ "$(sv-predict -f label model rows | tr '\n' ' ')" = "1 -1 -1 " ]
	[ "$(sv-predict -f margin model rows | tr '\n' ' ')" = "2 -2.5 -2 " ]
	sv-predict -f probability model rows >p
	[ "$(head -n 1 p)" = 0.88079707797788231 ]
	sv-predict -f all model rows >all
	[ "$(head -n 1 all)" = "$(printf '1\t0.88079707797788231\t2')" ]
	[ "$(wc -l <all)" -eq 3 ]
	sed 's/L2R_LR/L2R_L1LOSS_SVC_DUAL/' model >svc
	[ "$(sv-predict -f all svc rows | head -n 1)" = "$(printf '1\t2')" ]
}

@test "metrics for a person, for jq and for awk" {
	sv-predict -m model rows >text
	grep -qx '  rows  *3' text
	grep -qx '  accuracy  *0.6666666667' text
	grep -qx '  AUC  *1' text
	grep -qx '  objective  *-' text
	sv-predict -m -f json model rows >json
	[ "$(wc -l <json)" -eq 1 ]
	jq -e '.tp == 1 and .fn == 1 and .tn == 1 and .fp == 0 and .auc == 1.0
	    and .objective == null and .regulariser == null
	    and .precision == 1.0 and .recall == 0.5
	    and .positive == "1" and .negative == "-1"' json
	sv-predict -m -f tsv model rows >tsv
	[ "$(head -n 1 tsv)" = "$(printf 'metric\tvalue')" ]
	[ "$(awk -F '\t' 'NF != 2' tsv)" = "" ]
	grep -qx "$(printf 'log_loss\t0.77758191879283167')" tsv
	jq -e '.log_loss == 0.77758191879283167' json
}

@test "predictions go where -o says, with metrics and without" {
	sv-predict -o out model rows >nothing
	[ ! -s nothing ]
	sv-predict model rows | cmp - out
	sv-predict -m -f json -f margin -o margins model rows >json
	jq -e '.rows == 3' json
	[ "$(tr '\n' ' ' <margins)" = "2 -2.5 -2 " ]
}

@test "weights of rows count in metrics" {
	printf '3\n0\n1\n' >weights
	sv-shard -q -w 1 -d 2 -W weights -o shards rows >weighted
	sv-predict -m -f json model weighted >a
	jq -e '.rows == 3 and .weight == 4 and .accuracy == 0.75' a
	printf '1 1:2\n1 1:2\n1 1:2\n1 2:4\n' >many
	sv-predict -q -m -f json model many >b
	jq 'del(.rows, .weight)' a >want
	jq 'del(.rows, .weight)' b | cmp - want
	fails 1 "rows: its rows have no weights, unlike those before" \
	    -m model weighted rows
}

@test "which label is positive in a problem is not always so in a model" {
	printf '1 1:2\n2 1:-1 2:3\n1 2:-4\n' >rows
	# 2 becomes 1 there, and is the second one here.
	sed 's/label.*/label 1 2/' model >one
	sv-shard -q -w 1 -d 2 -o shards rows >problem
	sv-cat -t problem problem | jq -e '.text.positive == 2'
	for data in rows problem; do
		sv-predict -m -f json one $data | jq -e '.accuracy == 1.0 and
		    .auc == 1.0 and .tp == 2'
	done
	sed 's/label.*/label 2 1/' model >two
	for data in rows problem; do
		sv-predict -m -f json two $data | jq -e '.accuracy == 0.0 and
		    .auc == 0.0 and .fp == 2'
	done
}

@test "one class: no AUC, and why" {
	printf '1 1:1\n1 2:1\n' >ones
	run --separate-stderr sv-predict -m -f json model ones
	[ "$status" -eq 0 ]
	[ "$stderr" = "sv-predict: AUC is not defined: all rows have the label 1" ]
	echo "$output" | jq -e '.auc == null and .accuracy == 0.5'
	printf -- '-1 2:1\n' >none
	run --separate-stderr sv-predict -m model none
	[ "$stderr" = "sv-predict: AUC is not defined: no row has the label 1" ]
	[[ "$output" == *"AUC"*" -"* ]]
	run ! grep -q nan <<<"$output"
	run --separate-stderr sv-predict -m --no-auc model none
	[ -z "$stderr" ]
	run --separate-stderr sv-predict -qm model none
	[ -z "$stderr" ]
}

@test "margins that are infinite are predicted, those that are none refused" {
	printf '%s\n' 'solver_type L2R_LR' 'nr_class 2' 'label 1 -1' \
	    'nr_feature 2' 'bias -1' w 1e300 1e300 >huge
	printf '1 1:1e300\n-1 1:-1e300\n' >rows
	[ "$(sv-predict -f all huge rows | tr '\t\n' '  ')" = \
	    "1 1 inf -1 0 -inf " ]
	sv-predict -m -f json huge rows | jq -e \
	    '.log_loss == 0.0 and .auc == 1.0 and .accuracy == 1.0'
	printf -- '-1 1:1e300\n1 1:-1e300\n' >wrong
	# Infinite: JSON has no such number.
	sv-predict -m -f json huge wrong | jq -e '.log_loss == null'
	sv-predict -m -f tsv huge wrong | grep -qx "$(printf 'log_loss\tinf')"
	printf '1 1:1e300 2:-1e300\n' >none
	fails 1 "none: row 1: its margin is inf - inf" huge none
}

@test "models of numbers" {
	printf '%s\n' 'solver_type L2R_L2LOSS_SVR' 'nr_class 2' 'nr_feature 2' \
	    'bias 1' w 1 2 0.5 >numbers
	printf '3.5 1:2\n2 2:1\n' >rows
	[ "$(sv-predict numbers rows | tr '\n' ' ')" = "2.5 2.5 " ]
	sv-predict -m -f json numbers rows | jq -e '.mse == 0.625 and
	    .mae == 0.75 and .accuracy == null and has("r2")'
	printf '7 1:2\n7 2:1\n' >same
	sv-predict -m -f json numbers same | jq -e '.r2 == null'
	fails 1 "-f probability: only the logistic loss gives probabilities,\
 and the model is of another" -f probability numbers rows
	/usr/bin/python3 -c 'import xxhash' 2>/dev/null ||
	    skip "python3-xxhash is not installed"
	# The mean of a Poisson variable is exp(m).
	frame 9 '{"loss":"poisson","l1":0}' 2 >poisson
	printf '2 1:0.5\n' >rows
	[ "$(sv-predict poisson rows)" = 1.6487212707001282 ]
	[ "$(sv-predict -f margin poisson rows)" = 0.5 ]
	fails 1 "-f probability: only the logistic loss gives probabilities,\
 and the model is of poisson" -f probability poisson rows
	printf -- '-2 1:0.5\n' >rows
	fails 1 "rows: label -2 of row 1: poisson loss takes finite\
 numbers that are not negative" \
	    -m poisson rows
}

@test "a run that did not converge, and one of scaled rows without its problem" {
	/usr/bin/python3 -c 'import xxhash' 2>/dev/null ||
	    skip "python3-xxhash is not installed"
	frame 9 '{"loss":"logistic","status":"limit"}' 2 >run.svf
	run --separate-stderr sv-predict run.svf rows
	[ "$status" -eq 0 ]
	[ "$stderr" = \
	    "sv-predict: run.svf: its model is of a run that did not converge" ]
	frame 9 '{"loss":"logistic","scale":true}' 2 >run.svf
	fails 1 "run.svf: the model is of scaled rows, and without their\
 problem frame nothing tells how" run.svf rows
	frame 1 '{"kind":"recipe","recipe":1,"n":9,"d":3,"k":1,"p":1,"seed":1}' \
	    0 >other
	cat other >run.svf
	frame 9 '{"loss":"logistic"}' 2 >>run.svf
	fails 1 "run.svf: the model has 2 weights, and its problem 3 features" \
	    run.svf rows
	fails 1 "other: no model in it" other rows
	fails 1 "run.svf: no global of step 3 in it" --round 3 run.svf rows
}

@test "models that are damaged or are none" {
	: >empty
	fails 1 "empty: empty: expected a run of sv-hub or a model of LIBLINEAR" \
	    empty rows
	fails 1 "rows: line 1: expected a run of sv-hub or a model of LIBLINEAR,\
 found '1'" rows model
	fails 1 "nowhere: No such file or directory" nowhere rows
	fails 1 "model: no frames: --round is for runs" --round 1 model rows
	sed 's/nr_class 2/nr_class 3/' model >three
	fails 1 "three: line 2: a model of 3 classes: expected two, or numbers\
 (train one of a class against the rest)" three rows
	head -n 6 model >cut
	fails 1 "cut: line 7: expected a weight, found the end of the file" \
	    cut rows
	head -c 20000 /dev/urandom >noise
	run sv-predict noise rows
	[ "$status" -eq 1 ]
	sv-gen -n 9 -d 2 -p 1 | head -c 100 >damaged
	run --separate-stderr sv-predict damaged rows
	[ "$status" -eq 1 ]
	[[ "$stderr" == "sv-predict: damaged: frame at byte 0: "* ]]
}

@test "data that are damaged, empty or missing" {
	fails 1 "nowhere: No such file or directory" model nowhere
	: >empty
	[ "$(sv-predict model empty | wc -l)" -eq 0 ]
	fails 1 "there are no rows: no metrics" -m model empty
	printf '1 1:1\n1 2:x\n' >bad
	run --separate-stderr sv-predict model bad
	[ "$status" -eq 1 ]
	[[ "$stderr" == "sv-predict: bad: line 2: "*"found '2:x'" ]]
	# What came before is predicted.
	run --separate-stderr sv-predict model rows bad
	[ "$status" -eq 1 ]
	[ "$output" = "$(printf '1\n-1\n-1')" ]
	sv-gen -n 9 -d 2 -p 1 >problem
	head -c 130 problem >cut
	run --separate-stderr sv-predict model cut
	[ "$status" -eq 1 ]
	[[ "$stderr" == "sv-predict: cut: frame at byte 0: "* ]]
	/usr/bin/python3 -c 'import xxhash' 2>/dev/null ||
	    skip "python3-xxhash is not installed"
	frame 9 '{}' 2 >alone
	fails 1 "alone: no problem in it" model alone
}

@test "output that cannot be written is an error, said once" {
	[ -e /dev/full ] || skip "there is no /dev/full"
	awk 'BEGIN { for (i = 0; i < 50000; i++) print 1, "1:" i }' >many
	for file in rows many; do
		for how in '' -m '-f all' '-m -f json' '-m -f tsv'; do
			# shellcheck disable=SC2086
			run bash -c "sv-predict -q $how model $file 2>&1 >/dev/full"
			echo "$file $how: $output"
			[ "$status" -eq 1 ]
			[ "$output" = \
			    "sv-predict: standard output: No space left on device" ]
		done
		run sv-predict -o /dev/full model $file
		[ "$status" -eq 1 ]
		[ "$output" = "sv-predict: /dev/full: No space left on device" ]
	done
	fails 1 "no/where: No such file or directory" -o no/where model rows
	# A reader that goes.
	run bash -o pipefail -c 'sv-predict -f all model many 2>err | head -n 1'
	[ "$status" -eq 1 ]
	[ "$(cat err)" = "sv-predict: standard output: Broken pipe" ]
}

@test "memory does not grow with the rows but for AUC" {
	[ -z "$SV_SANITIZED" ] || skip "sanitizers take memory by the terabyte"
	[ "$(uname)" = Linux ] || skip "ulimit -d is of all memory on Linux only"
	awk 'BEGIN { for (i = 0; i < 100000; i++) print i % 3 - 1 ? 1 : -1,
	    "1:" i % 1000 }' >some
	some() {
		for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
			cat some
		done
	}
	some | (ulimit -d 11000; sv-predict model) | tail -n 1 >last
	[ "$(cat last)" = "$(tail -n 1 some | sv-predict model)" ]
	some | (ulimit -d 11000; sv-predict -m --no-auc -f json model) >out
	jq -e '.rows == 1500000 and .auc == null' out
	some | (ulimit -d 40000; sv-predict -m -f json model) >out
	jq -e '.rows == 1500000 and .auc > 0.4' out
	run bash -c "$(declare -f some)
	    some | (ulimit -d 11000; sv-predict -m model) 2>&1"
	[ "$output" = "sv-predict: metrics (--no-auc takes less memory):\
 Cannot allocate memory" ]
}

@test "progress is told on a terminal only" {
	script -qec true /dev/null || skip "no script(1), or no terminal to be had"
	(cat rows; sleep 0.6; cat rows; sleep 0.6; cat rows) |
	    sv-predict -o out model 2>err
	[ ! -s err ]
	script -qec "(cat rows; sleep 0.6; cat rows; sleep 0.6; yes '1 1:2' |
	    head -n 100000) | sv-predict -o out model" /dev/null >seen </dev/null
	grep -q 'standard input: .* rows, .*B/s' seen
	[ "$(wc -l <out)" -eq 100006 ]
}

@test "usage errors: a line, where to look, status 2" {
	fails 2 "expected a model: a run, or a model of LIBLINEAR"
	fails 2 "standard input is read once: for the model or for data" -
	fails 2 "standard input is read once: for the model or for data" - -
	fails 2 "standard input is read once: for the model or for data" \
	    model - rows -
	fails 2 "-f xml: expected label, probability, margin or all; text, json\
 or tsv" -f xml model rows
	fails 2 "-f text, json and tsv go with -m" -f json model rows
	fails 2 "--no-auc goes with -m" --no-auc model rows
	fails 2 "--hash is for categories: --categorical says which columns have them" \
	    --hash 4 model rows
	fails 2 "-m prints metrics: -o says where predictions go" -m -f margin \
	    model rows
	fails 2 "--as-loaded: nothing else describes the data then" --as-loaded \
	    --positive 1 model rows
	fails 2 "--input xml: expected auto, libsvm, csv or tsv" --input xml \
	    model rows
	# What is not of this text is known when it is read.
	fails 1 "rows: --label is for CSV and TSV, and by its name this is\
 neither: say --input csv or --input tsv" --label y model rows
	for bad in '--hash 0' '--hash x' '--round 0' '--bad'; do
		echo "$bad"
		# shellcheck disable=SC2086
		run --separate-stderr sv-predict $bad model rows
		[ "$status" -eq 2 ]
		[ -z "$output" ]
		[ "${stderr_lines[1]}" = "try 'sv-predict --help'" ]
	done
}
