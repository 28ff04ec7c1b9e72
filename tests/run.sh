#!/bin/sh
# Set up and run all tests:	sh tests/run.sh
#
# Installs the Debian packages that are missing, builds in build/ (or
# $SV_BUILD), runs make check, and the C unit tests once more with sanitizers.
# With CI=true it runs all of them with sanitizers, builds with clang as well, and
# checks that the distribution is complete.  What failed is shown; the last line
# counts: each test once, failures with sanitizers too.
#
# SV_SANITIZE=thread does something else: it builds with that sanitizer, in
# build-thread/, and runs all tests once.  Likewise address, undefined, and
# address,undefined.

set -u
cd "$(dirname "$0")/.." || exit 1
. tests/setup.sh
build=${SV_BUILD:-$(pwd)/build}
jobs=$(sv_jobs)
broken=0	# steps that failed beside the tests
# Fuzzers that CI runs: of what reads files, frames, and what servers say.
readers="frame invocation text libsvm csvtext schema unpack shardfile liblinear"
readers="$readers model web"

# results KIND DIR...: how many results of this kind (a pattern) are recorded?
results() {
	kind=$1
	shift
	for dir in "$@"; do
		cat "$dir"/tests/*.trs 2>/dev/null
	done | grep -cE "^:test-result: ($kind)"
}

# Nothing is counted that was not run now.
forget() {
	rm -f "$1"/tests/*.trs "$1"/tests/*.log
}

# check DIR ARGUMENTS...: make check there; 1 if something went wrong that no
# recorded failure tells of.  Tests wait a good deal: twice as many as cores.
check() {
	dir=$1
	shift
	forget "$dir"
	if make -C "$dir/tests" -s -k -j"$((jobs * 2))" --no-print-directory check \
	    "$@"; then
		return 0
	fi
	if [ "$(results 'FAIL|XPASS|ERROR' "$dir")" -gt 0 ]; then
		cat "$dir/tests/test-suite.log"
		return 0
	fi
	sv_say "make check failed in $dir"
	return 1
}

give_up() {
	sv_say "$1"
	sv_say "0 passed, 1 failed"
	exit 1
}

# build_in DIR OPTION...: configure and build there.
build_in() {
	dir=$1
	shift
	sv_configure "$dir" --enable-werror "$@" &&
	    sv_log "$dir/make.out" make -C "$dir" -s -j"$jobs"
}

# reasons DIR: which tests were skipped, and why.
reasons() {
	[ "$(results SKIP "$1")" -gt 0 ] || return 0
	sv_say "== skipped, and why"
	grep -hiE '^ok .* # skip' "$1"/tests/*.log | sort -u
}

# sanitized NAME[,NAME]: all tests with these, and nothing else.
sanitized() {
	dir=$build-$1
	names=$1
	set --
	for name in $(echo "$names" | tr , ' '); do
		case $name in
		address) set -- "$@" --enable-asan ;;
		undefined) set -- "$@" --enable-ubsan ;;
		thread) set -- "$@" --enable-tsan ;;
		*) give_up "SV_SANITIZE=$names: address, undefined or thread" ;;
		esac
	done
	build_in "$dir" "$@" 'CFLAGS=-g -O1' || give_up "the build failed"
	sv_say "== all tests with -fsanitize=$names"
	# Also of processes whose end and words no test looks at.
	SV_REPORTS=$dir/tests/report
	export SV_REPORTS
	rm -f "$SV_REPORTS".*
	check "$dir" || broken=1
	reasons "$dir"
	for report in "$SV_REPORTS".*; do
		[ -f "$report" ] || continue
		sv_say "== $report"
		cat "$report"
		broken=$((broken + 1))
	done
	passed=$(results 'PASS|XFAIL' "$dir")
	failed=$(($(results 'FAIL|XPASS|ERROR' "$dir") + broken))
	[ "$passed" -gt 0 ] || failed=$((failed + 1))
	sv_say "$passed passed, $failed failed"
	[ "$failed" -eq 0 ]
}

# shellcheck disable=SC2086
sv_packages $SV_TEST_PACKAGES || give_up "packages are missing"
sv_autoreconf || give_up "autoreconf failed"
if [ -n "${SV_SANITIZE:-}" ]; then
	sanitized "$SV_SANITIZE"
	exit
fi
build_in "$build" || give_up "the build failed"

# Its tests are skipped where the sources of its libraries cannot be had.
sv_say "== the package for AWS Lambda"
# shellcheck disable=SC2086
if ! { sv_packages $SV_LAYER_PACKAGES && sv_log "$build/deps.out" \
    make -C "$build/lambda-layer" -s layer-deps; }; then
	[ "${CI:-}" != true ] || broken=$((broken + 1))
elif sv_log "$build/layer.out" make -C "$build" -s -j"$jobs" layer; then
	cat "$build/layer.out"
else
	broken=$((broken + 1))
fi

sv_say "== tests"
check "$build" || broken=$((broken + 1))

# shellcheck disable=SC2016
if [ "${CI:-}" = true ]; then
	sv_say "== all tests with AddressSanitizer and UBSan"
	set --
else
	sv_say "== C unit tests with AddressSanitizer and UBSan"
	set -- 'TESTS=$(C_TESTS)'
fi
asan=$build-asan
if build_in "$asan" --enable-asan --enable-ubsan 'CFLAGS=-g -O1'; then
	check "$asan" "$@" || broken=$((broken + 1))
else
	broken=$((broken + 1))
fi

if [ "${CI:-}" = true ]; then
	sv_say "== clang"
	if sv_packages clang && build_in "$build-clang" CC=clang; then
		sv_say "no warning"
	else
		broken=$((broken + 1))
	fi
	sv_say "== fuzzers of what reads, three seconds each"
	if sv_packages clang libclang-rt-dev && sv_log "$build/fuzz.out" env \
	    SV_FUZZ_SEEDS=tree make -C "$build" -s fuzz SECONDS=3 \
	    FUZZERS="$readers"; then
		tail -n 1 "$build/fuzz.out"
	else
		broken=$((broken + 1))
	fi
	sv_say "== distribution"
	if sv_log "$build/distcheck.out" make -C "$build" -s -j"$jobs" \
	    distcheck TESTS=; then
		sv_say "complete"
	else
		broken=$((broken + 1))
	fi
fi

passed=$(results 'PASS|XFAIL' "$build")
failed=$(results 'FAIL|XPASS|ERROR' "$build" "$asan")
skipped=$(results SKIP "$build")
sv_say "== with sanitizers: $(results 'PASS|XFAIL' "$asan") passed, \
$(results 'FAIL|XPASS|ERROR' "$asan") failed"
reasons "$build"
if [ "$failed" -gt 0 ]; then
	sv_say "== failed"
	grep -hE '^(FAIL|XPASS|ERROR): ' "$build"/tests/*.log \
	    "$asan"/tests/*.log 2>/dev/null | sort -u
fi
failed=$((failed + broken))
[ "$passed" -gt 0 ] || failed=$((failed + 1))
line="$passed passed, $failed failed"
[ "$skipped" -eq 0 ] || line="$line, $skipped skipped"
sv_say "$line"
[ "$failed" -eq 0 ]
