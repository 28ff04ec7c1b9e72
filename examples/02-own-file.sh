#!/bin/sh
# A file of one's own:	sh examples/02-own-file.sh [--small | FILE [W]]
#
# FILE is LIBSVM text: a line a row, "label index:value index:value ...", indices
# from 1, labels -1 and 1 (or 0 and 1).  Without one, a file of 2000 rows is made.

set -u
bad=0
[ $# -le 2 ] || bad=1
case ${1:-} in
--small) ;;
-*) bad=1 ;;
esac
case ${2-4} in
'' | *[!0-9]*) bad=1 ;;
esac
if [ "$bad" -ne 0 ]; then
	echo "usage: sh examples/02-own-file.sh [--small | FILE [W]]" >&2
	exit 2
fi
. "$(dirname "$0")/common.sh"
file=${1:-}
workers=${2:-4}
small "$@" && file=
case $file in
'' | /*) ;;
*) file=${PWD%/}/$file ;;
esac
cd "$work" || exit 1

if [ -z "$file" ]; then
	step "A file: two features tell the label, eighteen are noise"
	file=$work/rows.svm
	awk 'BEGIN { srand(7)
		for (j = 0; j < 2000; j++) {
			m = 0; row = ""
			for (i = 1; i <= 20; i++) {
				if (rand() > 0.4)
					continue
				v = 2 * rand() - 1
				m += i == 3 ? 4 * v : i == 11 ? -3 * v : 0
				row = row sprintf(" %d:%.4f", i, v)
			}
			print (rand() < 1 / (1 + exp(-m)) ? "1" : "-1") row
		} }' >"$file"
	head -n 3 "$file"
fi

step "Cut it into $workers shards, fit, and look at the run" \
"sv-shard -w $workers -o shards $file |
    sv-spawn -w $workers -x sv-worker |
    sv-hub -o run.svf -- sv-admm --l1 1 |
    sv-stats"
sv-shard -w "$workers" -o shards "$file" |
    sv-spawn -w "$workers" -x sv-worker |
    sv-hub -o run.svf -- sv-admm --l1 1 |
    sv-stats
status=$?
[ "$status" -eq 0 ] || [ "$status" -eq 3 ] || exit "$status"

step "The model, as LIBLINEAR writes it" "sv-cat -f liblinear run.svf >model"
sv-cat -f liblinear run.svf >model || exit 1
head -n 12 model

if command -v liblinear-predict >/dev/null; then
	step "Predict the rows it was made from" \
	    "liblinear-predict $file model predicted"
	liblinear-predict "$file" model predicted || exit 1
else
	echo "(with Debian's liblinear-tools, liblinear-predict could read it)"
fi
exit "$status"
