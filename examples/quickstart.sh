#!/bin/sh
# The main job, from nothing:	sh examples/quickstart.sh [--small]
#
# Installs the Debian packages that are missing, builds in build/ (or $SV_BUILD),
# packs the worker as an AWS Lambda function, and solves the problem of Aytekin
# and Johansson (2019), 600,000 rows with 10,000 features, with eight functions of
# 256 MB on sv-lambda, the Lambda of this machine: no account is needed, and
# nothing is left.  --small takes a hundredth of the rows.  Safe to repeat.

set -u
cd "$(dirname "$0")/.." || exit 1
. tests/setup.sh
build=${SV_BUILD:-$(pwd)/build}
run=$build/quickstart.svf
log=$build/quickstart.log
zip=$build/lambda-layer/function.zip
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
sv_packages $SV_LAYER_PACKAGES || exit 1
echo "2. Building in $build"
sv_autoreconf || exit 1
sv_configure "$build" || exit 1
sv_log "$build/make.out" make -C "$build" -s -j"$(sv_jobs)" || exit 1
echo "3. Packing the function: $zip"
sv_log "$build/layer.out" make -C "$build" -s -j"$(sv_jobs)" layer || exit 1
PATH=$build/tools:$PATH
export PATH
if [ ! -t 1 ]; then
	more=
else
	more=" (Ctrl-C ends it in good order)"
fi
cat <<END
4. Solving, with functions on sv-lambda$more

   sv-lambda -F sv=function.zip,memory=256,timeout=900 -- sh -c '
       sv-gen -n $rows -d 10000 -p 0.001 -s 1 |
       sv-spawn -w 8 -l sv |
       sv-hub -o $run -- sv-admm --l1 1 |
       sv-stats'

END
# shellcheck disable=SC2016
sv-lambda -q -b 127.0.0.1:0 --log "$log" \
    -F "sv=$zip,memory=256,timeout=900" -- sh -c '
	sv-gen -n "$1" -d 10000 -p 0.001 -s 1 |
	sv-spawn -w 8 -l sv |
	sv-hub -o "$2" -- sv-admm --l1 1 |
	sv-stats' \
    quickstart "$rows" "$run"
status=$?
case $status in
0)
	cat <<END

The run is kept, and so is what the functions logged, in $log.
With PATH=$build/tools:\$PATH

   sv-stats -f json $run
   sv-cat -t trace $run
   sv-cat -f liblinear $run >model

look at it again; man -l man/sv.7 tells about the rest.  Workers need not be
functions: sv-spawn -w 8 -x sv-worker runs them as processes.
END
	;;
130) echo "Stopped, and nothing is left running." ;;
3) echo "Stopped at a limit before it had converged (status 3)." ;;
*) echo "Failed (status $status)." ;;
esac
exit $status
