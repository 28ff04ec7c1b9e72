#!/bin/sh
# The main job, from nothing:	sh examples/quickstart.sh [--small]
#
# Installs the Debian packages that are missing, builds in build/ (or $SV_BUILD),
# solves the problem of Aytekin and Johansson (2019), 600,000 rows with 10,000
# features, with four worker processes, and prints a report.  --small takes a
# hundredth of the rows.  Safe to repeat.

set -u
cd "$(dirname "$0")/.." || exit 1
. tests/setup.sh
build=${SV_BUILD:-$(pwd)/build}
run=$build/quickstart.svf
rows=600000
case "$#,${1:-}" in
0,) ;;
1,--small) rows=6000 ;;
*)
	echo "usage: sh examples/quickstart.sh [--small]" >&2
	exit 2 ;;
esac
trap 'echo; echo "stopped"; exit 130' INT

echo "1. Packages"
# shellcheck disable=SC2086
sv_packages $SV_RUN_PACKAGES || exit 1
echo "2. Building in $build"
sv_autoreconf || exit 1
sv_configure "$build" || exit 1
sv_log "$build/make.out" make -C "$build" -s -j"$(sv_jobs)" || exit 1
PATH=$build/tools:$PATH
export PATH
if [ ! -t 1 ]; then
	more=
else
	more=" (Ctrl-C ends it in good order)"
fi
cat <<END
3. Solving$more

   sv-gen -n $rows -d 10000 -p 0.001 -s 1 |
       sv-spawn -w 4 -x sv-worker |
       sv-hub -o $run -- sv-admm --l1 1 |
       sv-stats

END
sv-gen -n "$rows" -d 10000 -p 0.001 -s 1 |
    sv-spawn -w 4 -x sv-worker |
    sv-hub -o "$run" -- sv-admm --l1 1 |
    sv-stats
status=$?
case $status in
0)
	cat <<END

The run is kept.  With PATH=$build/tools:\$PATH

   sv-stats -f json $run
   sv-cat -t trace $run
   sv-cat -f liblinear $run >model

look at it again; man -l man/sv.7 tells about the rest.
END
	;;
3) echo "Stopped at a limit before it had converged (status 3)." ;;
*) echo "Failed (status $status)." ;;
esac
exit $status
