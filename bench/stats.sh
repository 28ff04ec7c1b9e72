# shellcheck shell=sh
# The part "stats" of bench.sh, which sources this: what analysis takes beside
# reading.
# shellcheck disable=SC2154

# cpu_three COMMAND...: the median CPU seconds of three goes.
cpu_three() {
	goes=
	for _ in 1 2 3; do
		s=$(cpu_of "$@")
		[ -n "$s" ] || return 1
		goes="$goes $s"
	done
	# shellcheck disable=SC2086
	median $goes
}

# peak COMMAND...: the largest memory of it in MB, or nothing.
peak() {
	[ -x /usr/bin/time ] || return 0
	/usr/bin/time -o "$tmp/peak" -f %M "$@" >/dev/null 2>&1
	awk '{ mb = $1 / 1000 } END { if (mb > 0) printf "%.1f", mb }' \
	    "$tmp/peak"
}

# analysed WHAT COMMAND...: its line.
analysed() {
	what=$1
	shift
	s=$(cpu_three "$@") || return 1
	mb=$(peak "$@")
	row "$what" "$(calc "1e3 * $s")" ms "$(calc "$s / $stats_limit" %.1f)" \
	    "reading${mb:+, $mb MB}"
}

bench_stats() {
	if [ -n "${BENCH_SMALL:-}" ]; then
		set -- 100 100
	else
		set -- 1000 1000
	fi
	heading "Analysis: a run of $1 workers and $2 rounds, CPU time"
	"$SV_BUILDDIR/tests/mkrun" -w "$1" -r "$2" --noise 1 --rotate \
	    >"$tmp/stats.svf" || return 1
	mb=$(wc -c <"$tmp/stats.svf" | awk '{ printf "%.3g", $1 / 1e6 }')
	# Every byte once, and every checksum.
	stats_limit=$(cpu_three sv-cat -q -f frames -t end "$tmp/stats.svf") ||
	    return 1
	# shellcheck disable=SC2016
	cat=$(cpu_three sh -c 'cat "$0" | cat >/dev/null' "$tmp/stats.svf")
	row "reading $mb MB of frames, all checked" \
	    "$(calc "1e3 * $stats_limit")" ms \
	    "$(calc "$stats_limit / $cat" %.1f)" "cat into a pipe and out of it"
	if have xxhsum; then
		row "  xxhsum -H3 of the file" "$(calc "1e3 * $(cpu_three \
		    xxhsum -H3 "$tmp/stats.svf")")" ms
	fi
	analysed "sv-stats --section summary" \
	    sv-stats --section summary "$tmp/stats.svf" &&
	    analysed "sv-stats" sv-stats "$tmp/stats.svf" &&
	    analysed "sv-stats -f json, all sections" \
	    sv-stats -f json "$tmp/stats.svf"
}
