# shellcheck shell=bash
# For tests of sv-stats on runs that mkrun makes.

runs_setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	# shellcheck disable=SC2034
	mkrun=$SV_BUILDDIR/tests/mkrun
}

# json PATH: a value of out.json, by member names and numbers.
json() {
	/usr/bin/python3 -c 'import json, sys
x = json.load(open("out.json"))
for k in sys.argv[1].split("."):
    x = x[int(k) if k.isdigit() else k]
print(json.dumps(x) if isinstance(x, (list, dict)) or x is None else x)' "$1"
}

# near X Y: do they differ by less than 1e-9?
near() {
	awk -v x="$1" -v y="$2" 'BEGIN {
		d = x - y; if (d < 0) d = -d
		if (d < 1e-9) exit 0
		print x, "is not", y; exit 1 }'
}
