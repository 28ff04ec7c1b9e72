# shellcheck shell=bash
# For tests that fit many models and have optimal.py look at them.

fits_setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	/usr/bin/python3 -c 'import numpy' 2>/dev/null ||
	    skip "python3-numpy is not installed"
}

# rows KIND [N D SHARE]: N rows of D features, of which a SHARE is not 0, the same
# on every machine, as LIBSVM text.  KIND is what labels are: class, number, or
# count.  Labels of a class are noisy: no hyperplane separates them.  Values are
# sixteenths, so that they are the same in f32.
rows() {
	awk -v kind="$1" -v n="${2:-120}" -v d="${3:-12}" -v share="${4:-0.3}" '
	# The minimal standard generator: Park and Miller, Comm. ACM 31, 1988.
	function uniform() {
		state = state * 16807 % 2147483647
		return state / 2147483647
	}
	function normal(	i, sum) {
		sum = 0
		for (i = 0; i < 12; i++)
			sum += uniform()
		return sum - 6
	}
	BEGIN {
		state = 20261122
		for (j = 1; j <= d; j++)
			true[j] = j % 3 ? normal() / 2 : 0
		for (i = 0; i < n; i++) {
			line = ""
			margin = 0.5
			for (j = 1; j <= d; j++) {
				if (uniform() > share)
					continue
				x = sprintf("%.4f", int(16 * normal()) / 16)
				margin += x * true[j]
				line = line " " j ":" x
			}
			if (kind == "class")
				y = margin + 1.5 * normal() > 0 ? 1 : -1
			else if (kind == "number")
				y = sprintf("%.4f", 3 * margin + normal())
			else
				y = int(exp(margin) * 2 * uniform())
			print y line
		}
	}'
}

# fit W [OPTION...]: each line of the file "fits" that begins with sv- is a master; run all
# of them with the same W workers on the rows in the file "rows", and their
# weights in "weights" if it is there.  The models are in the file "models",
# also of those that have not converged.  The OPTIONs are sv-shard's.
fit() {
	local w=$1 weights=
	shift
	[ ! -f weights ] || weights="-W weights"
	grep '^sv-' fits >masters
	# shellcheck disable=SC2016,SC2086
	sv-shard $weights -w "$w" -o shards "$@" rows | sv-spawn -q -w "$w" \
	    -x sv-worker | timeout -k 5 120 sv-hub -q -o run.svf -- sh -c '
	    while read -r line <&3; do
		$line -q 3<&- || { s=$?; echo "status $s of: $line" >&2
		    [ $s -eq 3 ] || exit 1; }
	    done 3<masters' >/dev/null || return 1
	sv-cat --full -f json -t model run.svf >models
}

# optimal: ... and are as they should be.
optimal() {
	local weights=
	[ ! -f weights ] || weights=weights
	# shellcheck disable=SC2086
	/usr/bin/python3 "$SV_SRCDIR/tests/optimal.py" rows models fits $weights
}
