#!/bin/sh
# Workers as functions of AWS Lambda:	sh examples/06-lambda.sh [--small]
#
# sv-lambda is Lambda on this machine; no account is needed, and nothing leaves
# it.  First a function is probed, then the same job is run with functions of
# 128, 256 and 512 MB.  Lambda gives CPU in proportion to memory (1769 MB are one
# CPU): more memory is faster, and what that costs, the bill at the end shows.
# Where this user may not set limits (control groups), all are equally fast.

set -u
case $# in
0) ;;
1) [ "$1" = --small ] ;;
*) false ;;
esac || {
	echo "usage: sh examples/06-lambda.sh [--small]" >&2
	exit 2
}
. "$(dirname "$0")/common.sh"
rows=60000
if small "$@"; then
	rows=4000
fi
layer || exit 1
cd "$work" || exit 1
problem="sv-gen -n $rows -d 1000 -p 0.01 -s 1"

# function_of MB COMMAND: run it beside a function sv of so much memory.
function_of() {
	sv-lambda -q -b 127.0.0.1:0 --log log \
	    -F "sv=$zip,memory=$1,timeout=900" -- sh -c "$2"
}

step "Is there a worker, and what does it see?" \
"sv-lambda --log log -F sv=function.zip,memory=256,timeout=900 -- sh -c '
    $problem | sv-spawn --probe -w 2 -l sv'"
function_of 256 "$problem | sv-spawn --probe -w 2 -l sv" || exit
step "The function's log, as CloudWatch would have it" "cat log"
cat log

for memory in 128 256 512; do
	step "$memory MB" \
"sv-lambda -F sv=function.zip,memory=$memory,timeout=900 -- sh -c '
    $problem | sv-spawn -w 2 -l sv |
    sv-hub -o run-$memory.svf -- sv-admm --l1 1 >/dev/null'"
	function_of "$memory" "$problem | sv-spawn -w 2 -l sv |
	    sv-hub -o run-$memory.svf -- sv-admm --l1 1 >/dev/null" || exit
done

step "The last one's bill" "sv-stats --section bill run-512.svf"
sv-stats --section bill run-512.svf

step "Time and bill of all" "sv-stats -f tsv --section summary run-*.svf"
sv-stats -f tsv --section summary run-128.svf run-256.svf run-512.svf |
    awk -F '\t' '
	NR == 1 {
		for (i = 1; i <= NF; i++)
			at[$i] = i
		print "     MB time [s]  GB-seconds    dollars"
		next
	}
	{
		printf "%7d %8.2f %11.3f %10.7f\n", $at["memory_mb"],
		    $at["wall_s"], $at["gb_seconds"], $at["dollars"]
	}'
