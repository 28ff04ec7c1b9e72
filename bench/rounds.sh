# shellcheck shell=sh
# The parts "rounds" and "gap" of bench.sh, which sources this: what a round is
# worth.  Rounds do not depend on the machine, so nothing is repeated.
# shellcheck disable=SC2154

# within NAME W OPTION...: rounds until F(z) is within 1e-4 of its minimum,
# computed afterwards from each z of the run file by bench/evaluate.c; or ">K"
# where there were no more.
within() {
	run_on "$@" --l1 1 --stop opt -e 2e-5 --gap 0 --max-rounds "$limit" ||
	    return 1
	evaluate "$tmp/run.svf" logistic 1 0 "$best" >"$tmp/rounds" \
	    2>"$tmp/err" || return 1
	awk '$1 != "reached" { last = $1; next }
	    { print $2 == "never" ? ">" last : $2 }' "$tmp/rounds"
}

bench_rounds() {
	heading "Rounds until F is within 1e-4 of its minimum, l1 logistic"
	have xz || {
		echo "  xz is not installed: no data"
		return 0
	}
	printf '  %-14s %4s %10s %8s %16s\n' data W default goal \
	    '--preset paper'
	set -- reuters,16,38 reuters,64,55 a8a,16,20 a8a,64,24 paper,64,9
	[ -z "${BENCH_SMALL:-}" ] || set -- a8a,16,20 paper,4,9
	for what; do
		data=${what%%,*}
		goal=${what##*,}
		w=${what#*,}
		w=${w%,*}
		the_data "$data" || continue
		best=$(least "$data")
		[ -n "$best" ] || {
			echo "  $data: LIBLINEAR is not installed: no minimum"
			continue
		}
		limit=1000
		[ "$data" != reuters ] || limit=300
		ours=$(within "$data" "$w" sv-admm) || return 1
		theirs=$(within "$data" "$w" sv-admm --preset paper) ||
		    return 1
		printf '  %-14s %4s %10s %8s %16s\n' "$(called "$data")" "$w" \
		    "$ours" "$goal" "$theirs"
	done
}

# first RUN LEAST: rounds at which the certified gap, and then those at which
# the error of F, was first at most 1e-2, 1e-3 and 1e-4 of F; - where never.  At
# last whether the gap was at least the error whenever somebody looked.
first() {
	sv-cat -f json -t trace "$1" | jq -rs --argjson least "$2" '
	    [.[] | select(.scalars.objective != null)] as $looks |
	    def first_of(f): first($looks[] | select(f) | .round) // "-";
	    [(1e-2, 1e-3, 1e-4) as $t | first_of(.scalars.gap != null and
		.scalars.gap <= $t * (.scalars.objective | fabs))] +
	    [(1e-2, 1e-3, 1e-4) as $t | first_of(.scalars.objective - $least <=
		$t * ($least | fabs))] +
	    [if all($looks[]; .scalars.gap == null or .scalars.gap >=
		.scalars.objective - $least - 1e-12 * ($least | fabs))
		then "yes" else "NO" end] | map(tostring) | join(" ")'
}

# gap_of NAME W LOSS REGULARISER: a row.
gap_of() {
	# shellcheck disable=SC2086
	run_on "$1" "$2" sv-admm --loss "$3" $4 -e 1e-6 --gap 0 || return 1
	best=$(sv-cat -f json -t trace,model "$tmp/run.svf" | jq -s '
	    [.[] | .scalars.objective?, .text.objective? | numbers] | min')
	# shellcheck disable=SC2086
	run_on "$1" "$2" sv-admm --loss "$3" $4 --gap 1 --stop-gap 1e-4 ||
	    return 1
	rounds=$(first "$tmp/run.svf" "$best") || return 1
	# shellcheck disable=SC2086
	printf '  %-12s %3s %-14s %-20s %7s %7s %7s   %7s %7s %7s  %5s\n' \
	    "$(called "$1")" "$2" "$3" "$4" $rounds
}

bench_gap() {
	heading "Rounds until certified gap and true error are a share of F"
	have jq || {
		echo "  jq is not installed: no figures"
		return 0
	}
	printf '  %-12s %3s %-14s %-20s %7s %7s %7s   %7s %7s %7s  %5s\n' data \
	    W loss regulariser 'gap 1e-2' 1e-3 1e-4 'F 1e-2' 1e-3 1e-4 held
	set -- a8a,16 reuters,16 heart,4 paper,16
	[ -z "${BENCH_SMALL:-}" ] || set -- heart,4 paper,4
	for what; do
		the_data "${what%,*}" || continue
		for loss in logistic squared squared_hinge; do
			for g in "--l1 1" "--l2 1" "--l1 0.5 --l2 0.5"; do
				gap_of "${what%,*}" "${what#*,}" $loss "$g" ||
				    return 1
			done
		done
	done
	echo "  The least F is that of a fit with -e 1e-6.  A look every round."
}
