# shellcheck shell=sh
# The part "liblinear" of bench.sh, which sources this: both programs until they
# stop by themselves, at the same -e.
# shellcheck disable=SC2154

tolerance=0.001

# linear_go NAME: what a go costs, as "LIBLINEAR wall CPU - F".  With -e 1e10 it
# reads the text and computes one gradient: the difference is its solving.
linear_go() {
	OPENBLAS_NUM_THREADS=1 cost "$tmp/cost" liblinear-train -s 6 -c 1 \
	    -e 1e10 "$tmp/$1.txt" "$tmp/m" >"$tmp/out" || return 1
	read -r wall0 cpu0 <"$tmp/cost"
	OPENBLAS_NUM_THREADS=1 cost "$tmp/cost" liblinear-train -s 6 -c 1 \
	    -e "$tolerance" "$tmp/$1.txt" "$tmp/m" >"$tmp/out" || return 1
	read -r wall cpu <"$tmp/cost"
	echo "LIBLINEAR $(calc "$wall - $wall0" %.6f)" \
	    "$(calc "$cpu - $cpu0" %.6f) -" \
	    "$(sed -n 's/^Objective value = //p' "$tmp/out")"
}

# sv_go NAME W: the same of sv, as "W=... wall CPU rounds F": CPU of all workers
# in all rounds, and the time from the first global to the model.
sv_go() {
	run_on "$1" "$2" sv-admm --l1 1 -e "$tolerance" --gap 0 || return 1
	sv-stats -q -f json "$tmp/run.svf" | jq -r --arg w "$2" \
	    '"W=\($w) \(.wall_s) \(.cpu_s) \(.rounds) \(.objective)"'
}

# middle KIND COLUMN: the median of it over the goes.
middle() {
	# shellcheck disable=SC2046
	median $(awk -v kind="$1" -v column="$2" '$1 == kind {
	    print $column }' "$tmp/goes")
}

# costs NAME KIND CALLED: a row of the table.
costs() {
	cpu=$(middle "$2" 3)
	wall=$(middle "$2" 2)
	printf '  %-14s %-10s %9s %7s %9s %7s %7s %16s\n' "$1" "$3" \
	    "$(calc "$cpu")" "$(calc "$cpu / $(middle LIBLINEAR 3)" %.2f)" \
	    "$(calc "$wall")" "$(calc "$wall / $(middle LIBLINEAR 2)" %.2f)" \
	    "$(awk -v kind="$2" '$1 == kind { print $4; exit }' "$tmp/goes")" \
	    "$(calc "$(middle "$2" 5)" %.4f)"
}

bench_liblinear() {
	heading "Beside LIBLINEAR -s 6: until each stops by itself, -e $tolerance"
	if ! have liblinear-train || ! have jq || ! have xz; then
		echo "  LIBLINEAR, jq or xz is not installed: no figures"
		return 0
	fi
	printf '  %-14s %-10s %9s %7s %9s %7s %7s %16s\n' data who 'CPU, s' \
	    ratio 'time, s' ratio rounds F
	repeats="1 2 3 4 5"
	[ -z "${BENCH_SMALL:-}" ] || repeats=1
	for data in paper a8a fashion; do
		the_data "$data" || continue
		: >"$tmp/goes"
		for _ in $repeats; do
			{ linear_go "$data" && sv_go "$data" 1 &&
			    sv_go "$data" 2; } >>"$tmp/goes" || return 1
		done
		costs "$(called "$data")" LIBLINEAR LIBLINEAR
		costs "" W=1 "sv, W = 1"
		costs "" W=2 "sv, W = 2"
		rm -f "$tmp/$data-1.svf" "$tmp/$data-2.svf"
		rm -rf "$tmp/$data-1" "$tmp/$data-2"
	done
	cat <<'END'
  Medians.  LIBLINEAR: what it takes more than with -e 1e10, with which it reads
  and stops; OPENBLAS_NUM_THREADS=1, for the threads of its BLAS wait busily and
  have nothing to do.  sv: CPU of all workers in all rounds, without loading;
  time from the first global to the model.
END
}
