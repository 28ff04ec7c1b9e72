# Rows that workers keep sparse or dense, in f64 or f32: of the same data comes
# the same, as far as that goes.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
	PATH=$SV_BUILDDIR/tests:$PATH
}

# gradient PROBLEM ARGUMENT...: f and its gradient, by a worker.
gradient() {
	local problem=$1
	shift
	{ cat "$problem"; globals d=30 z=0.1 grad; } | sv-worker -F "$@" |
	    sv-cat --full -f json | jq -c '[.scalars.fz, .scalars.rows, .vector]'
}

# solution GEN-ARGUMENT...: status and objective of a small job, of workers that
# are $worker.
solution() {
	sv-gen -n 600 -d 30 "$@" | sv-spawn -q -w 2 -x "${worker:-sv-worker}" |
	    sv-hub -q -- sv-admm -q --l1 2 -e 1e-5 |
	    sv-stats -f json | jq -r '[.status, .objective] | @tsv'
}

@test "every instruction set gives the same bits, however rows are kept" {
	for p in 0.1 0.8; do
		for f in "" --f32; do
			# shellcheck disable=SC2086
			sv-gen -n 500 -d 30 -p $p $f >problem
			gradient problem --isa generic >want
			[ "$(jq -c '.[1]' want)" = 500 ]
			for isa in avx2 avx512; do
				sv-worker --isa "$isa" -F </dev/null 2>err ||
				    true
				if grep -q 'not of this CPU' err; then
					continue
				fi
				gradient problem --isa "$isa" | cmp - want
			done
		done
	done
}

@test "f32 rounds values, and little else" {
	for p in 0.1 0.8; do
		sv-gen -n 500 -d 30 -p $p >problem
		sv-gen -n 500 -d 30 -p $p --f32 >problem32
		gradient problem >a
		gradient problem32 >b
		run ! cmp a b
		jq -es '(.[0][0] - .[1][0] | fabs) < 1e-6 * .[0][0]' a b
	done
}

@test "shard files are kept as recipes are" {
	for p in 0.1 0.8; do
		for f in "" --f32; do
			# shellcheck disable=SC2086
			sv-gen -n 500 -d 30 -p $p $f >recipe
			rm -rf s
			sv-shard -w 1 -o s recipe >shards
			gradient recipe >a
			gradient shards | cmp - a
		done
	done
}

@test "jobs end where they should in every form" {
	for p in 0.1 0.8; do
		solution -p $p >f64
		solution -p $p --f32 >f32
		cat f64 f32
		[ "$(cut -f 1 f64 f32 | sort -u)" = converged ]
		cut -f 2 f64 f32 | jq -es '(.[0] - .[1] | fabs) < 1e-4 * .[0]'
	done
}

@test "rows are in memory once" {
	[ -z "$SV_SANITIZED" ] || skip "sanitizers take more memory than that"
	for size in 8 4; do
		f=
		[ $size = 8 ] || f=--f32
		# shellcheck disable=SC2086
		sv-gen -n 5000 -d 500 -p 0.9 $f >recipe
		rm -rf s
		sv-shard -w 1 -o s recipe >shards
		for p in recipe shards; do
			sv-spawn -q -w 1 -x sv-worker <$p |
			    sv-hub -q -o run.svf -- sv-admm -q --l1 2 \
			    --max-rounds 1 >/dev/null || [ $? -eq 3 ]
			sv-cat -f json -t hello run.svf | jq .text >hello
			[ "$(jq .nnz hello)" = 2250000 ]
			# Dense: the elements and a label for each row.
			[ "$(jq .shard_bytes hello)" = \
			    $((5000 * (500 * size + 8))) ]
			# libcurl's libraries are six of them.
			jq -e '.rss_bytes < .shard_bytes + 18e6' hello
		done
	done
}

# Skip the test where there is no OpenBLAS.
openblas() {
	sv-worker --isa openblas -F </dev/null 2>err || true
	! grep -- '--isa openblas: ' err || skip "$(cat err)"
}

@test "OpenBLAS is for dense rows of f64, and agrees there" {
	openblas
	for p in 0.1 0.8; do
		for f in "" --f32; do
			# shellcheck disable=SC2086
			sv-gen -n 500 -d 30 -p $p $f >problem
			gradient problem >want
			gradient problem --isa openblas >got
			if [ "$p$f" != 0.8 ]; then
				cmp got want
				continue
			fi
			jq -es 'map([.[0], .[2].elements[]]) |
			    transpose |
			    length == 31 and
			    (map(.[1] | fabs) | .[1:] | max) as $g |
			    (.[0] | (.[0] - .[1] | fabs) <= 1e-13 * .[1]) and
			    all(.[1:][]; (.[0] - .[1] | fabs) <= 1e-13 * $g)' \
			    want got
		done
	done
}

@test "a job with OpenBLAS ends where it does without" {
	openblas
	solution -p 0.8 >own
	worker='sv-worker -v --isa openblas 2>>said' solution -p 0.8 >blas
	cat own blas said
	[ "$(grep -c 'non-zeros in .* s, openblas$' said)" -eq 2 ]
	[ "$(cut -f 1 own blas | sort -u)" = converged ]
	cut -f 2 own blas | jq -es '(.[0] - .[1] | fabs) < 1e-9 * .[0]'
}

@test "OpenBLAS takes no thread, and who does not ask does not load it" {
	[ -d /proc/self/task ] || skip "no /proc"
	openblas
	sv-gen -n 500 -d 30 -p 0.8 >problem
	for isa in generic openblas; do
		rm -f in
		mkfifo in
		sv-worker -F --isa $isa <in >out 3>&- &
		pid=$!
		exec 4>in
		{ cat problem; globals d=30 z=0.1 grad; } >&4
		for _ in $(seq 200); do
			[ ! -s out ] || break
			sleep 0.05
		done
		ls "/proc/$pid/task" >threads
		grep -c libopenblas "/proc/$pid/maps" >maps || true
		exec 4>&-
		wait "$pid"
		[ "$(wc -l <threads)" -eq 1 ]
		case $isa in
		generic) [ "$(cat maps)" -eq 0 ] ;;
		*) [ "$(cat maps)" -gt 0 ] ;;
		esac
	done
}

@test "a library that is none is said to be" {
	openblas
	mkdir lib
	: >lib/libopenblas.so.0
	status=0
	LD_LIBRARY_PATH=lib sv-worker --isa openblas </dev/null 2>err ||
	    status=$?
	cat err
	[ "$status" -eq 1 ]
	[ "$(wc -l <err)" -eq 1 ]
	grep -q '^sv-worker: --isa openblas: .*libopenblas.so.0: ' err
	echo 'extern int nothing; int nothing;' | $SV_CC -shared -fPIC -xc - \
	    -o lib/libopenblas.so.0
	status=0
	LD_LIBRARY_PATH=lib sv-worker --isa openblas </dev/null 2>err ||
	    status=$?
	cat err
	[ "$status" -eq 1 ]
	grep -q '^sv-worker: --isa openblas: .* has no cblas_dgemv()$' err
}
