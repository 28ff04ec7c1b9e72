bats_require_minimum_version 1.5.0

# sv-cat --model: models for other programs, in the user's units.

setup() {
	set -o pipefail
	cd "$BATS_TEST_TMPDIR"
	mkrun=$SV_BUILDDIR/tests/mkrun
}

# frame TYPE TEXT [X ...]: a frame with these elements.
frame() {
	/usr/bin/python3 -c 'import struct, sys, xxhash
text = sys.argv[2].encode()
x = [float(v) for v in sys.argv[3:]]
body = text + bytes(-len(text) % 8) + struct.pack("<%dd" % len(x), *x)
head = struct.pack("<4s4BQ8IQqQ", b"SVF\x1a", 1, int(sys.argv[1]), 1, 0, 0,
    2**32 - 1, 0, 0, 1, 0, len(text), 0, 0, len(body), 0,
    xxhash.xxh3_64_intdigest(body))
sys.stdout.buffer.write(head + struct.pack("<Q",
    xxhash.xxh3_64_intdigest(head)) + body)' "$@"
}

xxhash() {
	/usr/bin/python3 -c 'import xxhash' 2>/dev/null ||
	    skip "python3-xxhash is not installed"
}

# shards D MEMBERS: the text of a problem.
shards() {
	printf '{"kind":"shards","n":4,"nnz":4,"cut":"0","d":%s,%s,%s}' "$1" "$2" \
	    '"shards":[{"url":"file:///x","n":4,"nnz":4}]'
}

@test "--model is one object in JSON" {
	"$mkrun" >run.svf
	sv-cat --model run.svf >out
	[ "$(wc -l <out)" -eq 1 ]
	jq -e '.loss == "logistic" and .features == 4 and .nonzero == 3 and
	    .intercept == null and .weights == [0.1, -0.25, 0, 0.001] and
	    .positive == "1" and .negative == "-1" and
	    (has("names") | not)' out
	sv-cat --model --round 2 run.svf | jq -e '.weights == [2, 1, 0, -2]'
	sv-cat --model -f json run.svf | cmp - out
}

@test "--model in TSV has a line for each feature, from 1" {
	"$mkrun" >run.svf
	sv-cat --model -f tsv run.svf >out
	printf 'index\tname\tweight\n1\t\t0.1\n2\t\t-0.25\n3\t\t0\n4\t\t0.001\n' |
	    cmp - out
}

@test "the intercept is in every form" {
	xxhash
	frame 9 '{"loss":"logistic","l1":1,"intercept":-0.5}' 2 3 >run.svf
	sv-cat --model run.svf | jq -e '.intercept == -0.5 and
	    .weights == [2, 3] and .l1 == 1'
	[ "$(sv-cat --model -f tsv run.svf | sed -n 2p)" = \
	    "$(printf '0\t(intercept)\t-0.5')" ]
	sv-cat -f npy run.svf | od -An -v -t f8 -j 128 | tr -s ' \n' ' ' >x
	[ "$(cat x)" = " 2 3 -0.5 " ]
	sv-cat -f liblinear run.svf | sed -n '/^bias/,$p' | tr '\n' ' ' >x
	[ "$(cat x)" = "bias 1 w 2 3 -0.5 " ]
}

@test "scaled weights are turned back, and shifts make an intercept" {
	xxhash
	(frame 1 "$(shards 2 '"labels":[-1,1],"scale":"standard"')" 2 0.5 3 -8
	frame 9 '{"loss":"logistic","l2":1,"scale":true}' 1.5 4) >run.svf
	# w = 3, 2; the intercept is -(3 * 3 + 2 * -8).
	sv-cat --model run.svf | jq -e '.weights == [3, 2] and .intercept == 7'
	sv-cat -f npy run.svf | od -An -v -t f8 -j 128 | tr -s ' \n' ' ' >x
	[ "$(cat x)" = " 3 2 7 " ]
	sv-cat -f liblinear run.svf >model
	[ "$(sed -n '/^bias/,$p' model | tr '\n' ' ')" = "bias 1 w 3 2 7 " ]
	printf '1 1:1 2:-6\n' | sv-predict -f margin run.svf >a
	printf '1 1:1 2:-6\n' | sv-predict -f margin model | cmp - a
	[ "$(cat a)" = -2 ]
	sv-cat -f frames -t model run.svf >model
	run --separate-stderr sv-cat --model model
	[ "$status" -eq 1 ]
	[ "$stderr" = "sv-cat: model: the model is of scaled rows, and without\
 their problem frame nothing tells how" ]
}

@test "features of a CSV have their names, and labels are its own" {
	printf 'age,"a ""name""",job,pay\n1,2,clerk,low\n3,4,cook,high\n' >data.csv
	sv-shard -q -w 1 --label pay --categorical job --hash 2 \
	    --positive high -o shards data.csv | sv-spawn -q -w 1 -x sv-worker |
	    sv-hub -q -o run.svf -- sv-admm -q --l2 1 --intercept >/dev/null
	sv-cat --model run.svf >out
	jq -e '.names == ["age", "a \"name\"", "hash:0", "hash:1"] and
	    .positive == "high" and .negative == "low" and .features == 4' out
	sv-cat --model -f tsv run.svf | cut -f 1,2 | tr '\t\n' '=;' >out
	[ "$(cat out)" = \
	    'index=name;0=(intercept);1=age;2=a "name";3=hash:0;4=hash:1;' ]
	# LIBLINEAR's labels are numbers.
	[ "$(sv-cat -f liblinear run.svf | sed -n 3p)" = "label 1 -1" ]
}

@test "features that a schema does not name have no name" {
	xxhash
	schema='"schema":{"format":"csv","columns":[{"name":"a"},{"name":"y",
	    "as":"label"}],"positive":"p"}'
	(frame 1 "$(shards 3 "\"labels\":[-1,1],$schema")"
	frame 9 '{"loss":"logistic","l2":1}' 1 2 3) >run.svf
	sv-cat --model run.svf | jq -e '.names == ["a", null, null] and
	    .negative == null and .positive == "p"'
	sv-cat --model -f tsv run.svf | cut -f 2 | tr '\n' , >names
	[ "$(cat names)" = "name,a,,," ]
	printf 'a,y\n1,p\n' | sv-predict run.svf >label
	[ "$(cat label)" = p ]
}

@test "NumPy and jq see the same model" {
	/usr/bin/python3 -c 'import numpy' 2>/dev/null || skip "no NumPy"
	sv-gen -n 200 -d 30 -p 0.3 | sv-cat -f libsvm >rows
	sv-shard -q -w 2 --scale standard -o shards rows |
	    sv-spawn -q -w 2 -x sv-worker |
	    sv-hub -q -o run.svf -- sv-admm -q --intercept >/dev/null
	sv-cat -f npy -o x.npy run.svf
	sv-cat --model -o model.json run.svf
	/usr/bin/python3 -c 'import json, numpy
x = numpy.load("x.npy")
m = json.load(open("model.json"))
assert len(x) == 31 and x.tolist() == m["weights"] + [m["intercept"]], x'
}

@test "--model and what it does not go with" {
	"$mkrun" >run.svf
	for bad in '-f frames' '-f libsvm' '-f weights' --full '-t model'; do
		echo "$bad"
		# shellcheck disable=SC2086
		run --separate-stderr sv-cat --model $bad run.svf
		[ "$status" -eq 2 ]
		[ -z "$output" ]
		[ "${stderr_lines[1]}" = "try 'sv-cat --help'" ]
	done
	"$mkrun" --no-model >run.svf
	run --separate-stderr sv-cat --model run.svf
	[ "$status" -eq 1 ]
	[ "$stderr" = "sv-cat: run.svf: no model in it" ]
	[ -e /dev/full ] || skip "there is no /dev/full"
	"$mkrun" >run.svf
	for f in json tsv; do
		run bash -c "sv-cat --model -f $f run.svf 2>&1 >/dev/full"
		[ "$status" -eq 1 ]
		[ "$output" = "sv-cat: standard output: No space left on device" ]
	done
}
