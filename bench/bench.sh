#!/bin/sh
# Figures of sv beside those of what one would take instead, measured in one
# run.  Called by make bench, with the tools and the programs of this folder in
# PATH.
#
#	bench.sh [kernel] [solve] [liblinear] [rounds] [gap] [hub] [curve]
#		 [lambda] [stats]
#
# All of them if none is named.
#
# BENCH_SMALL=1 takes small sizes, to try whether everything runs.

set -u
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
problem='-n 600000 -d 10000 -p 0.001 -s 1'
kernel_args=
dense_rows=60000
rounds_share=1
if [ -n "${BENCH_SMALL:-}" ]; then
	problem='-n 20000 -d 1000 -p 0.01 -s 1'
	kernel_args='20000 1000 10'
	dense_rows=2000
	rounds_share=10
fi

have() {
	command -v "$1" >/dev/null
}

# value NAME FILE: of a line "NAME value".
value() {
	awk -v name="$1" '$1 == name { print $2 }' "$2"
}

# calc EXPRESSION [FORMAT]
calc() {
	awk "BEGIN { printf \"${2:-%.3g}\", $1 }"
}

# row WHAT FIGURE UNIT [RATIO TO-WHAT]
row() {
	printf '  %-44s %12s %-10s' "$1" "$2" "$3"
	[ $# -lt 5 ] || printf '%6s x %s' "$4" "$5"
	printf '\n'
}

heading() {
	printf '\n%s\n' "$1"
}

# median NUMBER...
median() {
	printf '%s\n' "$@" | sort -g | awk '
	    { v[NR] = $1 }
	    END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# the_text: make $tmp/text, the rows of the problem as LIBSVM text.
the_text() {
	# shellcheck disable=SC2086
	[ -s "$tmp/text" ] || sv-gen $problem | sv-cat -f libsvm >"$tmp/text"
}

# csv WORDS: 300,000 rows with a label and ten numbers, or words in four of ten.
csv() {
	awk -v words="$1" -v x=1 '
	function u() { x = 16807 * x % 2147483647; return (x / 2147483647) }
	BEGIN {
		print "y,a,b,c,d,e,f,g,h,i,j"
		for (n = 0; n < 300000; n++) {
			row = n % 2
			for (j = 0; j < 10; j++)
				if (j < words)
					row = row ",town-" int(u() * 10 ^ (j + 1))
				else
					row = row sprintf(",%.6g", 8 * u() - 4)
			print row
		}
	}'
}

# passes TITLE ARGUMENT...: what program kernel says of rows of one form.
passes() {
	printf '  %s\n' "$1"
	shift
	kernel "$@" >"$tmp/kernel" || return 1
	bytes=$(value bytes "$tmp/kernel")
	nnz=$(value nnz "$tmp/kernel")
	limit=$(value read-s "$tmp/kernel")
	simple=$(value simple-s "$tmp/kernel")
	for what in gradient hessian margins blas-gradient blas-hessian \
	    simple read; do
		s=$(value "$what-s" "$tmp/kernel")
		[ -n "$s" ] || continue
		case $what in
		gradient) name="gradient ($(value isa "$tmp/kernel"))" ;;
		hessian) name="Hessian-vector product" ;;
		margins) name="margins only" ;;
		blas-gradient) name="gradient, --isa openblas" ;;
		blas-hessian) name="Hessian-vector product, --isa openblas" ;;
		simple) name="gradient, simple loops with libm" ;;
		read) name="reading the shard's bytes once" ;;
		esac
		row "  $name" "$(calc "1e9 * $s / $nnz")" ns/value \
		    "$(calc "$s / $limit" %.2f)" "reading, $(calc \
		    "$bytes / $s / 1e9" %.1f) GB/s, $(calc "$s / $simple" \
		    %.2f) x the simple gradient"
	done
}

bench_kernel() {
	heading "One core: passes over the shard, by program kernel"
	# shellcheck disable=SC2086
	passes "the problem, sparse, f64" $kernel_args || return 1
	row "  expanding $nnz non-zeros of the recipe" \
	    "$(value expand-s "$tmp/kernel")" s
	# shellcheck disable=SC2086
	passes "the problem, sparse, f32" ${kernel_args:-600000 10000 10} \
	    sparse32 || return 1
	passes "$dense_rows x 784, all there, dense, f64" \
	    "$dense_rows" 784 784 dense || return 1
	passes "the same, dense, f32" "$dense_rows" 784 784 dense32 || return 1
	passes "$dense_rows x 784, half of it there, dense, f64" \
	    "$dense_rows" 784 392 dense || return 1
	passes "the same, sparse, f64" "$dense_rows" 784 392 sparse || return 1
	heading "One core: text, by program parse"
	for name in paper a8a reuters; do
		the_data $name || continue
		parse "$tmp/$name.txt" >"$tmp/parse" || return 1
		mbs=$(value parse-MB/s "$tmp/parse")
		row "parsing LIBSVM text, $(called $name)" "$mbs" MB/s \
		    "$(calc "$mbs / $(value read-MB/s "$tmp/parse")")" \
		    "reading it from the page cache"
	done
	for words in 0 4; do
		csv $words >"$tmp/csv"
		if [ $words -eq 0 ]; then
			parse "$tmp/csv" y
		else
			parse "$tmp/csv" y a,b,c,d
		fi >"$tmp/parse" || return 1
		row "parsing CSV of ten columns, $words of words" \
		    "$(value parse-MB/s "$tmp/parse")" MB/s
	done
	begin=$(date +%s%N)
	sv-shard -q -w 16 -o "$tmp/cut" "$tmp/paper.txt" >"$tmp/cut.svf" ||
	    return 1
	row "sv-shard -w 16, the paper's, with fsync" \
	    "$(calc "($(date +%s%N) - $begin) / 1e9")" s
	heading "One core: shard files, by program load"
	for form in "" --f32 --zstd; do
		# shellcheck disable=SC2086
		sv-gen $problem | sv-shard -w 1 $form -o "$tmp/one" >"$tmp/svf" &&
		    load "$tmp/one/shard-00000.svs" >"$tmp/load" || return 1
		gbs=$(value load-GB/s "$tmp/load")
		row "loading, $(value file-bytes/nnz "$tmp/load") bytes a value${form:+, }$form" \
		    "$gbs" GB/s \
		    "$(calc "$gbs / $(value fill-GB/s "$tmp/load")")" \
		    "copying to as much new memory"
	done
	heading "One core: the checksum of frames, by program frames"
	the_frames || return 1
	for d in 10000 20000000; do
		hash=$(value "hash-$d" "$tmp/frames")
		row "XXH3 of $d f64" "$hash" GB/s "$(calc "$hash / \
		    $(value "copy-$d" "$tmp/frames")")" "memcpy"
		check=$(value "check-$d" "$tmp/frames")
		row "  and whether all are finite" "$check" GB/s \
		    "$(calc "$check / $hash")" "XXH3 alone"
	done
}

the_frames() {
	[ -s "$tmp/frames" ] || frames >"$tmp/frames"
}

# cpu_of COMMAND...: its CPU seconds, on stdout.
cpu_of() {
	(
		"$@" >"$tmp/out" 2>"$tmp/err" || exit 1
		times
	) | awk 'NR == 2 {
		split($1, u, /[ms]/)
		split($2, s, /[ms]/)
		printf "%.3f", 60 * (u[1] + s[1]) + u[2] + s[2]
	}'
}

baseline() {
	if ! have liblinear-train; then
		echo "  LIBLINEAR is not installed: nothing to compare with"
		return 0
	fi
	# With -e 1e10 it stops after the first gradient: reading, mostly.
	reading=
	solving=
	for _ in 1 2 3; do
		r=$(cpu_of liblinear-train -s 6 -c 1 -e 1e10 "$tmp/text" \
		    "$tmp/m")
		s=$(cpu_of liblinear-train -s 6 -c 1 -e 0.01 "$tmp/text" \
		    "$tmp/m")
		[ -n "$r" ] && [ -n "$s" ] || return 1
		reading="$reading $r"
		solving="$solving $(calc "$s - $r" %.3f)"
	done
	# shellcheck disable=SC2086
	lin_read=$(median $reading)
	# shellcheck disable=SC2086
	lin_solve=$(median $solving)
	lin_f=$(sed -n 's/^Objective value = //p' "$tmp/out")
	row "LIBLINEAR -s 6 -e 0.01, CPU of solving" "$lin_solve" s
	row "LIBLINEAR, CPU of reading the text" "$lin_read" s
	row "LIBLINEAR, objective" "$lin_f" ""
}

# memory RUN: peak memory of its workers against 1.3 x shard + 12 MB.
memory() {
	shard=$(sv-cat -f json -t hello "$1" | jq -s \
	    'map(.text.shard_bytes) | max')
	peak=$(sv-cat -f json -t spawn "$1" | jq -s \
	    'map(.text.maxrss_bytes // 0) | max')
	row "  worker's peak memory" "$(calc "$peak / 1e6" %.1f)" MB \
	    "$(calc "$peak / (1.3 * $shard + 12e6)")" "1.3 x shard + 12 MB"
}

# reached RUN OBJECTIVE: what it took until the master knew that F(z) was no
# larger: "CPU-seconds seconds rounds", or nothing if it never was.
reached() {
	sv-cat --full -f json -t timing,trace "$1" | jq -rs --argjson f "$2" '
	    reduce .[] as $x ({cpu: 0};
		if .done then .
		elif $x.type == "trace" then
		    if $x.scalars.objective != null and $x.scalars.objective <= $f
		    then .near = true else . end
		else
		    .first //= $x.scalars.sent
		    | .cpu += ([$x.vector.rows[].cpu] | add)
		    | if .near then .done = [.cpu, $x.scalars.lastin - .first,
			$x.round] else . end
		end) | .done // [] | map(tostring) | join(" ")'
}

# solved W: print the figures of $tmp/run.svf.
solved() {
	for key in status objective cpu_s load_cpu_s wall_s rounds; do
		eval "$key=\$(jq -r .$key $tmp/stats)"
	done
	# shellcheck disable=SC2154
	row "sv, W = $1: $status; rounds" "$rounds" ""
	# shellcheck disable=SC2154
	row "  objective" "$(calc "$objective" %.3f)" ""
	# shellcheck disable=SC2154
	row "  worker CPU in rounds" "$(calc "$cpu_s")" s
	# shellcheck disable=SC2154
	row "  worker CPU, loading" "$(calc "$load_cpu_s")" s
	# shellcheck disable=SC2154
	row "  time, first global to model" "$(calc "$wall_s")" s
	memory "$tmp/run.svf"
	[ -n "${lin_f:-}" ] || return 0
	# shellcheck disable=SC2046
	set -- $(reached "$tmp/run.svf" "$lin_f")
	if [ $# -eq 3 ]; then
		row "  rounds to LIBLINEAR's objective" "$3" ""
		row "    worker CPU" "$(calc "$1")" s \
		    "$(calc "$1 / $lin_solve")" "LIBLINEAR's solving"
		row "    time" "$(calc "$2")" s \
		    "$(calc "$2 / $lin_solve")" "LIBLINEAR's solving"
	else
		echo "  never known to be at LIBLINEAR's objective"
	fi
}

bench_solve() {
	heading "Solving: sv-gen $problem, l1 = 1"
	if ! have jq; then
		echo "  jq is not installed: no figures"
		return 0
	fi
	the_text || return 1
	baseline || return 1
	for w in 1 2; do
		# shellcheck disable=SC2086
		sv-gen $problem | sv-spawn -q -w $w -x sv-worker |
		    sv-hub -q -o "$tmp/run.svf" -- sv-admm -q --l1 1 |
		    sv-stats -f json >"$tmp/stats" 2>"$tmp/err" || return 1
		solved $w
	done
}

# one_round KIND W D ROUNDS: its median milliseconds, or nothing.
one_round() {
	case $1 in
	hub)
		sv-gen -n 1000000 -d "$3" -p 1e-9 |
		    sv-spawn -q -w "$2" -x nullworker |
		    sv-hub -q -o "$tmp/hub.svf" -- nullmaster "$4" \
		    2>"$tmp/err" >/dev/null
		value nullmaster-ms "$tmp/err" ;;
	star)
		timeout 300 star "$2" "$3" "$4" 2>"$tmp/err" ;;
	mpi)
		timeout 120 mpirun --allow-run-as-root --oversubscribe \
		    --mca btl tcp,self -np $(($2 + 1)) mpi "$3" "$4" \
		    2>"$tmp/err" ;;
	esac
}

# three KIND W D ROUNDS: the median of three goes, or nothing.
three() {
	goes=
	for _ in 1 2 3; do
		ms=$(one_round "$@")
		[ -n "$ms" ] || {
			sed "s/^/  $1 failed: /" "$tmp/err" >&2
			return 1
		}
		goes="$goes $ms"
	done
	# shellcheck disable=SC2086
	median $goes
}

bench_hub() {
	heading "A round, all workers null, one process each, $(nproc) cores"
	printf '  %6s %8s %12s %12s %8s %12s %8s\n' W d 'sv-hub, ms' \
	    'star, ms' ratio 'MPI, ms' ratio
	for wdr in 16,10000,200 64,10000,100 256,10000,30 16,1000000,10; do
		w=${wdr%%,*}
		r=$((${wdr##*,} / rounds_share + 1))
		d=${wdr#*,}
		d=${d%,*}
		star=$(three star "$w" "$d" "$r") || star=
		hub=$(three hub "$w" "$d" "$r") || hub=
		if [ "$w,$d" = 16,10000 ] && [ -n "$hub" ] && the_frames; then
			check=$(value check-10000 "$tmp/frames")
			share=$(calc "100 * (16 * 80e3 / $check / 1e6) / $hub")
		fi
		mpi=
		if have mpirun && have mpi; then
			mpi=$(three mpi "$w" "$d" "$r") || mpi=
		fi
		printf '  %6s %8s %12s %12s %8s %12s %8s\n' "$w" "$d" \
		    "${hub:-failed}" "${star:-failed}" \
		    "$(calc "${hub:-nan} / ${star:-nan}" %.2f)" "${mpi:--}" \
		    "$(calc "${hub:-nan} / ${mpi:-nan}" %.2f)"
	done
	if ! have mpirun || ! have mpi; then
		echo "  MPI is not installed: nothing to compare with"
	fi
	if [ -n "${share:-}" ]; then
		echo "  The check of all updates is $share % of the hub's round" \
		    "for W = 16, d = 10000."
	fi
	cat <<'END'
  star: bench/star.c, libzmq with one thread, no framing, no master.
  sv-hub: by the master's clock, from before it wrote z until it had the sum,
  with checksums, records in the run file and the pipes between.
END
}

# shellcheck source=bench/curve.sh
. "$(dirname "$0")/curve.sh"
# shellcheck source=bench/data.sh
. "$(dirname "$0")/data.sh"
# shellcheck source=bench/lambda.sh
. "$(dirname "$0")/lambda.sh"
# shellcheck source=bench/liblinear.sh
. "$(dirname "$0")/liblinear.sh"
# shellcheck source=bench/rounds.sh
. "$(dirname "$0")/rounds.sh"
# shellcheck source=bench/stats.sh
. "$(dirname "$0")/stats.sh"

printf 'sv bench: %s, %s cores, %s\n' "$(uname -m)" "$(nproc)" \
    "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)"
printf 'load before: %s (figures want a machine at rest)\n' \
    "$(cut -d ' ' -f 1-3 /proc/loadavg 2>/dev/null)"
[ $# -gt 0 ] || set -- kernel solve liblinear rounds gap hub curve \
    lambda stats
rc=0
for part; do
	case $part in
	kernel) bench_kernel ;;
	solve) bench_solve ;;
	liblinear) bench_liblinear ;;
	rounds) bench_rounds ;;
	gap) bench_gap ;;
	hub) bench_hub ;;
	lambda) bench_lambda ;;
	curve) bench_curve ;;
	stats) bench_stats ;;
	*)
		echo "bench.sh: $part: expected kernel, solve, liblinear," \
		    "rounds, gap, hub, curve, lambda or stats" >&2
		exit 2 ;;
	esac || {
		echo "  $part: failed"
		cat "$tmp/err" 2>/dev/null
		rc=1
	}
done
exit $rc
