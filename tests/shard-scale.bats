# sv-shard --scale: rows beside those of numpy.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
	/usr/bin/python3 -c 'import numpy' || skip "no NumPy"
}

# scaled HOW [RTOL]: text, cut into one shard with --scale HOW, is as it should be.
scaled() {
	local how=$1
	shift
	sv-shard -w 1 -o one --scale "$how" text >p
	sv-cat --full p >full
	sv-cat -f libsvm p >rows
	/usr/bin/python3 "$SV_SRCDIR/tests/scaled.py" "$how" text full rows "$@"
}

# features: text with all kinds of features.
features() {
	/usr/bin/python3 - >text <<-'END'
	import random
	random.seed(7)
	n = 400
	for i in range(n):
	    x = {1: random.gauss(3, 2), 2: random.gauss(-50, 0.01)}
	    if random.random() < 0.1:
	        x[3] = random.expovariate(1)
	    if i < n // 2:
	        x[4] = random.gauss(1, 1)	# in half of the rows
	    if i < n // 2 - 1:
	        x[5] = random.gauss(1, 1)	# in less
	    x[6] = 0.1	# always the same
	    if i != 17:
	        x[8] = -2.5	# 7: never there
	    x[9] = random.uniform(-1e-140, 1e-140)
	    if i % 3:
	        x[10] = 0	# a zero that stands there
	    elif i % 2:
	        x[10] = 7
	    x[12] = random.choice((-1, 1)) * 1e100
	    print(random.choice("+-") + "1",
	          *("%d:%r" % (j, x[j]) for j in sorted(x)))
	END
}

@test "maxabs and standard are what numpy makes" {
	features
	scaled maxabs
	scaled standard 1e-12
	# Labels and weights are left alone.
	cut -d ' ' -f 1 text | cmp - <(cut -d ' ' -f 1 rows)
	seq 400 >weights
	sv-shard -w 1 -o w -W weights --scale standard text >pw
	sv-cat -f weights pw | cmp - weights
	sv-cat -f libsvm pw | cmp - rows
}

@test "a mean that is large does not spoil the deviation" {
	/usr/bin/python3 -c 'import random
random.seed(1)
for i in range(3000):
    print(1, "1:%r" % (1e9 + random.gauss(0, 1)),
          "2:%r" % (random.gauss(0, 1) - 1e7))' >text
	scaled standard 1e-7
}

@test "any number of shards, and any form, scale in the same way" {
	features
	sv-shard -w 1 -o one --scale standard text | sv-cat -f libsvm | sort >want
	for how in "-w 3" "-w 400" "-w 7 --zstd"; do
		# shellcheck disable=SC2086
		sv-shard $how -o many --scale standard text >p
		sv-cat -f libsvm p | sort | cmp - want
	done
	[ "$(find many -name '.*' -type f | wc -l)" -eq 0 ]
	sv-shard -w 2 -o f32 --f32 --scale maxabs text >p
	sv-cat -f libsvm p | awk '{
		for (i = 2; i <= NF; i++) {
			split($i, x, ":")
			if (x[2] < -1 || x[2] > 1)
				exit 1
			n++
		}
	}
	END { exit n == 0 }'
	sv-shard --info f32/* | grep -q 'values f32'
}

@test "statistics are those of the rows in the shards, and what is held out is not scaled" {
	features
	mv text whole
	sv-shard -w 1 -o held --holdout 0.3 --scale standard whole >p
	sv-cat -f libsvm p >rows
	sv-cat --full p >full
	grep -q '"scale":"standard"' full
	# What is left of the text is what was scaled.
	grep -vxFf <(sed 's/^+1/1/' held/holdout.svm) <(
	    sv-shard -w 1 -o all whole | sv-cat -f libsvm | sed 's/^+1/1/') >text
	n=$(wc -l <held/holdout.svm)
	[ "$n" -gt 80 ]
	[ "$(wc -l <text)" -eq $((400 - n)) ]
	/usr/bin/python3 "$SV_SRCDIR/tests/scaled.py" standard text full rows \
	    1e-12
}

@test "rows that are scaled stay so, or are scaled twice" {
	features
	sv-shard -w 2 -o a --scale standard text >pa
	# Cut again, and with more features, they are the same.
	sv-shard -w 3 -o b pa >pb
	sv-cat -f libsvm pa | sort | cmp - <(sv-cat -f libsvm pb | sort)
	diff <(sv-cat --full pa | jq .vector) <(sv-cat --full pb | jq .vector)
	sv-shard -w 1 -d 20 -o c pa | sv-cat --full |
	    jq -e '.text.scale == "standard" and (.vector.elements |
	    length == 40 and .[12:20] == [range(8) | 1] and
	    .[32:40] == [range(8) | 0])'
	# Both scalings are one.
	sv-shard -w 1 -o d text >pd
	sv-shard -w 1 -o d --scale standard pd >ps
	sv-shard -w 1 -o e --scale maxabs ps >pe
	sv-cat -f libsvm pe >rows
	sv-cat --full pe >full
	/usr/bin/python3 - <<-'END'
	import json
	import numpy as np
	f = json.loads(open("full").readline())
	assert f["text"]["scale"] == "maxabs"
	e = np.array(f["vector"]["elements"])
	d = f["text"]["d"]
	def read(name):
	    x = np.zeros((400, d))
	    for i, line in enumerate(open(name)):
	        for field in line.split()[1:]:
	            j, v = field.split(":")
	            x[i, int(j) - 1] = float(v)
	    return x
	z = read("rows")
	assert np.abs(z).max() <= 1 + 1e-15
	np.testing.assert_allclose(z, (read("text") - e[d:]) * e[:d],
	    rtol=1e-12, atol=1e-12)
	END
	run --separate-stderr sv-shard -w 1 -o x --holdout 0.5 pa
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ "$stderr" = "sv-shard: pa: --holdout: its rows are scaled, and would not be as they came: hold out when the text is cut" ]
	[ ! -e x ]
}

@test "numbers that cannot be scaled are refused" {
	printf '1 1:1 2:1e200\n1 2:-1e200\n' >text
	run --separate-stderr sv-shard -w 1 -o x --scale standard text
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ "$stderr" = "sv-shard: --scale standard: feature 2: its values, up to 1e+200, are too large to be squared: take --scale maxabs" ]
	[ ! -e x ]
	sv-shard -w 1 -o x --scale maxabs text | sv-cat -f libsvm |
	    cmp - <(printf '+1 1:1 2:1\n+1 2:-1\n')
}

@test "a row far beyond all others takes the room of its features only" {
	printf '1 1:1\n-1 300000:2\n' >text
	sv-shard -w 2 -o x --scale standard text >p
	sv-cat --full p | jq -e '.text.d == 300000 and
	    (.vector.elements | length) == 600000'
}
