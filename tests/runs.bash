# shellcheck shell=bash
# For tests of sv-stats on runs that mkrun makes.

runs_setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	# shellcheck disable=SC2034
	mkrun=$SV_BUILDDIR/tests/mkrun
}

# near X Y: do they differ by less than 1e-9?
near() {
	awk -v x="$1" -v y="$2" 'BEGIN {
		d = x - y; if (d < 0) d = -d
		if (d < 1e-9) exit 0
		print x, "is not", y; exit 1 }'
}
