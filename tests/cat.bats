bats_require_minimum_version 1.5.0

# sv-cat, on runs that mkrun makes and on real ones.

setup() {
	cd "$BATS_TEST_TMPDIR"
	mkrun=$SV_BUILDDIR/tests/mkrun
}

# line N PATH: a value in line N of out, by member names and numbers.
line() {
	/usr/bin/python3 -c 'import json, sys
x = json.loads(open("out").readlines()[int(sys.argv[1]) - 1])
for k in sys.argv[2].split("."):
    x = x[int(k) if k.isdigit() else k]
print(json.dumps(x) if isinstance(x, (list, dict)) or x is None else x)' "$@"
}

# The fields of JSON Lines that everything has.
@test "a frame is a line of JSON" {
	"$mkrun" >run.svf
	sv-cat run.svf >out
	[ "$(line 1 type)" = problem ]
	[ "$(line 1 shard)" = null ]
	[ "$(line 1 text.n)" = 1000 ]
	[ "$(line 2 type)" = job ]
	[ "$(line 2 job)" = 0123456789abcdef ]
	[ "$(line 2 time)" = 2023-11-14T22:13:20.000000000Z ]
	[ "$(line 2 time_ns)" = 1700000000000000000 ]
	[ "$(line 4 type)" = spawn ]
	[ "$(line 4 shard)" = 1 ]
	[ "$(line 4 generation)" = 1 ]
	[ "$(line 4 text.event)" = request ]
	[ "$(line 4 time)" = 2023-11-14T22:13:20.110000000Z ]
	tail -n 1 out | grep -q '"type":"end"'
	if command -v jq; then
		[ "$(jq -r .type out | sort | uniq -c | tr -s ' \n' ' ')" = \
		    " 1 end 2 global 2 hello 1 job 1 model 1 problem 4 spawn 2 timing 2 trace " ]
	fi
}

@test "scalars have names, vectors a head" {
	"$mkrun" --grad >run.svf
	sv-cat -t global,timing,trace run.svf >out
	[ "$(line 1 op)" = step ]
	[ "$(line 1 seq)" = 1 ]
	[ "$(line 1 scalars)" = '{"rho": 1.0, "ratio": 1.0, "alpha": 1.0, "eps": 1.0}' ]
	[ "$(line 1 vector)" = '{"elem": "f64", "n": 4, "norm2": 1.5, "head": [1.0, 0.5, 0.0, -1.0]}' ]
	[ "$(line 2 scalars.sent)" = 1.0 ]
	[ "$(line 2 scalars.up)" = 400.0 ]
	[ "$(line 2 vector)" = '{"elem": "f64", "n": 16}' ]
	[ "$(line 3 scalars.primal)" = 1.0 ]
	[ "$(line 3 scalars.objective)" = null ]
	[ "$(line 6 op)" = grad ]
	[ "$(line 6 scalars.objective)" = 101.0 ]
	sv-cat --full -t model,timing run.svf >out
	[ "$(line 1 vector.rows.1.comp)" = 0.11 ]
	[ "$(line 1 vector.rows.1.idle)" = null ]
	[ "$(line 5 vector.elements)" = '[0.1, -0.25, 0.0, 0.001]' ]
}

@test "frames and texts of another version are shown by number" {
	"$mkrun" --unknown >run.svf
	sv-cat -t 99 run.svf >out
	[ "$(wc -l <out)" -eq 1 ]
	[ "$(line 1 type)" = 99 ]
	[ "$(line 1 op)" = 77 ]
	[ "$(line 1 text.new)" = True ]
	[ "$(line 1 scalars)" = "[0.0, 0.5]" ]
}

# frame TYPE TEXT NSCALAR: a frame of any kind.
frame() {
	/usr/bin/python3 -c 'import struct, sys, xxhash
text = sys.argv[2].encode("utf-8", "surrogateescape")
n = int(sys.argv[3])
body = text + bytes(-len(text) % 8) + struct.pack("<%dd" % n, *range(n))
head = struct.pack("<4s4BQ8IQqQ", b"SVF\x1a", 1, int(sys.argv[1]), 1, 1, 0,
    2**32 - 1, 0, 0, 1, 0, len(text), n, 0, len(body), -1,
    xxhash.xxh3_64_intdigest(body))
sys.stdout.buffer.write(head + struct.pack("<Q",
    xxhash.xxh3_64_intdigest(head)) + body)' "$@"
}

@test "texts that are not JSON, or not UTF-8, and scalars beyond the known" {
	/usr/bin/python3 -c 'import xxhash' || skip "no xxhash for Python"
	(frame 11 'plain text' 0; frame 11 "$(printf 'a\377b')" 0
	frame 11 '{"a":' 0; frame 4 '{}' 5; frame 11 '[1]' 0) |
	    sv-cat >out
	[ "$(line 1 text)" = "plain text" ]
	[ "$(line 1 time)" = 1969-12-31T23:59:59.999999999Z ]
	[ "$(line 2 text)" = "a?b" ]
	[ "$(line 3 text)" = '{"a":' ]
	[ "$(line 4 scalars)" = '{"rho": 0.0, "ratio": 1.0, "alpha": 2.0, "eps": 3.0, "4": 4.0}' ]
	[ "$(line 5 text)" = '[1]' ]
}

@test "types can be selected by list and repetition" {
	"$mkrun" >run.svf
	sv-cat -t hello,model -t end run.svf >out
	[ "$(wc -l <out)" -eq 4 ]
	[ "$(line 4 type)" = end ]
}

@test "-f tsv has a header and as many columns in each line" {
	"$mkrun" --unknown >run.svf
	sv-cat -f tsv run.svf >out
	[ "$(awk -F '\t' 'NF != 13' out)" = "" ]
	[ "$(awk -F '\t' '$1 == "trace" { print $2, $6 }' out | tr '\n' ,)" = \
	    "step 1,step 2," ]
	[ "$(awk -F '\t' '$1 == 99' out | wc -l)" -eq 1 ]
}

@test "-f frames passes frames through unchanged" {
	"$mkrun" --unknown --grad >run.svf
	sv-cat -f frames run.svf | cmp - run.svf
	sv-cat -f frames -t model run.svf | sv-cat >out
	[ "$(wc -l <out)" -eq 1 ]
	[ "$(line 1 text.objective)" = 100.25 ]
}

@test "binary output is refused on a terminal" {
	script -qec true /dev/null || skip "no script(1), or no terminal to be had"
	"$mkrun" >run.svf
	for f in frames npy; do
		run script -qec "sv-cat -f $f run.svf" /dev/null
		[ "$status" -eq 1 ]
		[[ "$output" == *"not written to a terminal"* ]]
	done
}

@test "-f npy is read by NumPy" {
	/usr/bin/python3 -c 'import numpy' || skip "no NumPy"
	"$mkrun" --masters 2 >run.svf
	sv-cat -f npy -o x.npy run.svf
	sv-cat -f npy --round 2 run.svf >z.npy
	/usr/bin/python3 -c 'import numpy as np
x, z = np.load("x.npy"), np.load("z.npy")
assert x.dtype == np.float64 and x.tolist() == [0.1, -0.25, 0.0, 1e-3], x
assert z.tolist() == [2.0, 1.0, 0.0, -2.0], z'
}

@test "-f liblinear is read by liblinear-predict" {
	command -v liblinear-predict >/dev/null ||
	    skip "liblinear-predict is not installed"
	"$mkrun" >run.svf
	sv-cat -f liblinear run.svf >model
	cat >data <<-END
	+1 1:1
	-1 2:1
	-1 1:1 2:1
	+1 4:10
	END
	liblinear-predict -b 0 data model out
	[ "$(tr '\n' ' ' <out)" = "1 -1 -1 1 " ]
	sv-cat -f liblinear --round 1 run.svf | tail -n 4 | tr '\n' ' ' >z
	[ "$(cat z)" = "1 0.5 0 -1 " ]
}

@test "a LIBLINEAR model has the labels of the problem" {
	printf '0 1:1\n1 2:1\n' >data
	sv-shard -d 4 -w 1 -o shards data >problem
	(cat problem; "$mkrun" | sv-cat -f frames -t model) >run.svf
	sv-cat -f liblinear run.svf >model
	[ "$(sed -n 3p model)" = "label 1 0" ]
}

@test "a model of another loss is no LIBLINEAR model" {
	/usr/bin/python3 -c 'import xxhash' || skip "no xxhash for Python"
	frame 9 '{"loss":"poisson"}' 0 >run.svf
	run sv-cat -f liblinear run.svf
	[ "$status" -eq 1 ]
	[ "$output" = "sv-cat: run.svf: LIBLINEAR has no model for the poisson loss" ]
}

@test "a LIBLINEAR model names a solver that predicts alike, and has the intercept" {
	/usr/bin/python3 -c 'import xxhash' || skip "no xxhash for Python"
	while read -r loss more type; do
		frame 9 "{\"loss\":\"$loss\",$more}" 0 >run.svf
		sv-cat -f liblinear run.svf >model
		[ "$(head -n 1 model)" = "solver_type $type" ]
	done <<-END
	logistic "l1":2 L1R_LR
	logistic "l2":2,"l1":0 L2R_LR
	logistic "l1":1,"l2":1 L2R_LR
	squared_hinge "l1":1 L1R_L2LOSS_SVC
	squared_hinge "l1":0,"l2":1 L2R_L2LOSS_SVC
	huber "l1":1 L2R_L2LOSS_SVR
	END
	frame 9 '{"loss":"logistic","l1":1,"intercept":-0.5}' 0 >run.svf
	[ "$(sv-cat -f liblinear run.svf | tail -n 3 | tr '\n' ' ')" = "bias 1 w -0.5 " ]
}

@test "a missing model, round or problem is an error" {
	"$mkrun" --no-model >run.svf
	for f in npy liblinear; do
		run --separate-stderr sv-cat -f $f run.svf
		[ "$status" -eq 1 ]
		[ "$stderr" = "sv-cat: run.svf: no model in it" ]
		[ -z "$output" ]
	done
	run --separate-stderr sv-cat -f npy --round 7 run.svf
	[ "$status" -eq 1 ]
	[ "$stderr" = "sv-cat: run.svf: no global of step 7 in it" ]
	sv-cat -f frames -t end run.svf >end
	run --separate-stderr sv-cat -f libsvm end
	[ "$status" -eq 1 ]
	[ "$stderr" = "sv-cat: end: no problem in it" ]
}

@test "-f libsvm prints the rows of a recipe, and of its shards the same" {
	sv-gen -n 3000 -d 700 -p 0.02 -s 5 >problem
	sv-cat -f libsvm problem >rows
	[ "$(wc -l <rows)" -eq 3000 ]
	[ "$(awk '{ print NF }' rows | sort -u)" = 15 ]
	sort rows >sorted
	sv-shard -w 3 -o shards problem | sv-cat -f libsvm | sort | cmp - sorted
	# Pieces do not show, nor what else is in the stream.
	sv-gen -n 500000 -d 10 -p 0.3 -s 5 | sv-cat -f libsvm | wc -l >n
	[ "$(cat n)" -eq 500000 ]
}

@test "-f libsvm names a shard that is missing" {
	printf '+1 1:1\n-1 2:1\n' >data
	sv-shard -w 2 -o shards data >problem
	rm shards/*1.svs
	run --separate-stderr sv-cat -f libsvm problem
	[ "$status" -eq 1 ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ "$stderr" == "sv-cat: problem: "*00001*"No such file"* ]]
}

@test "the exit status is that of the END frame" {
	for s in 0 1 3; do
		"$mkrun" --status $s >run-$s
		run sv-cat run-$s
		[ "$status" -eq $s ]
		run sv-cat -t model run-$s
		[ "$status" -eq $s ]
	done
	run sv-cat run-0 run-3 run-1 run-0
	[ "$status" -eq 1 ]
	run sv-cat -f npy -o x.npy run-3
	[ "$status" -eq 3 ]
}

@test "a run without an end is shown, and fails" {
	"$mkrun" --no-end >run.svf
	run --separate-stderr sv-cat -t model run.svf
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 1 ]
	[ "$stderr" = "sv-cat: run.svf: the run has no end" ]
	# What never had a job need not end.
	"$mkrun" --alone | sv-cat >out
	sv-gen -n 10 -d 10 -p 0.5 -s 1 | sv-cat >out
}

@test "damage is named by its byte, after what came before" {
	"$mkrun" >whole
	sv-cat whole >out
	first=$((80 + $(line 1 length)))
	head -c $((first + 81)) whole >run.svf
	run --separate-stderr sv-cat run.svf
	[ "$status" -eq 1 ]
	[ "$output" = "$(head -n 1 out)" ]
	[ "$stderr" = "sv-cat: run.svf: frame at byte $first: the stream ends in the middle of it" ]
	: >empty
	run --separate-stderr sv-cat empty
	[ "$status" -eq 1 ]
	[ "$stderr" = "sv-cat: empty: empty, no frames" ]
	run --separate-stderr sv-cat nowhere
	[ "$stderr" = "sv-cat: nowhere: No such file or directory" ]
}

@test "output that cannot be written is an error" {
	"$mkrun" >run.svf
	[ -e /dev/full ] || skip "there is no /dev/full"
	for f in json tsv frames npy liblinear libsvm weights 'json --full'; do
		run bash -c "sv-cat -f $f run.svf 2>&1 >/dev/full"
		echo "$f: $output"
		[ "$status" -eq 1 ]
		[ "$output" = "sv-cat: standard output: No space left on device" ]
	done
}

@test "usage errors: a line, where to look, status 2" {
	for bad in '-f xml' '-t nothing' '-t 256' '-t 0x1' '--round 0' \
	    '--round 3' '-f npy -t model' '-f libsvm --full' \
	    '-f weights -t problem' '--bad'; do
		echo "$bad"
		# shellcheck disable=SC2086
		run --separate-stderr sv-cat $bad run.svf
		[ "$status" -eq 2 ]
		[ -z "$output" ]
		[ "${stderr_lines[1]}" = "try 'sv-cat --help'" ]
	done
	run --separate-stderr sv-cat --help
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
}
