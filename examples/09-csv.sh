#!/bin/sh
# From a packed CSV to a model and its AUC:	sh examples/09-csv.sh [--small]
#
# The file is made here: customers, of whom one in eleven leaves.  It has what
# such files have: columns of words, fields without a number, a column that says
# nothing, and classes of very different sizes.

set -u
case "$#,${1:-}" in
0, | 1,--small) ;;
*)
	echo "usage: sh examples/09-csv.sh [--small]" >&2
	exit 2 ;;
esac
. "$(dirname "$0")/common.sh"
rows=200000
if small "$@"; then
	rows=4000
fi
cd "$work" || exit 1

# customers ROWS SEED: Park and Miller's generator (CACM 31, 1988), so that every
# awk makes the same; who leaves is a matter of plan, months, calls and town.
customers() {
	awk -v rows="$1" -v x="$2" '
	function u() { x = 16807 * x % 2147483647; return (x / 2147483647) }
	BEGIN {
		split("basic,plus,family,business", plan, ",")
		print "id,age,plan,town,months,calls,left"
		for (i = 1; i <= rows; i++) {
			age = 18 + int(60 * u()); p = 1 + int(4 * u())
			town = int(40 * u() * u()); months = int(120 * u() * u())
			calls = int(-3 * log(u()))
			m = -4.2 + 0.5 * calls - 0.04 * months + 0.01 * age
			m += p == 1 ? 0.8 : p == 4 ? -1 : 0
			m += town % 5 == 0 ? 0.7 : 0
			left = u() < 1 / (1 + exp(-m)) ? "yes" : "no"
			if (u() < 0.1)
				age = ""
			printf "%d,%s,%s,\"Town %d, North\",%d,%d,%s\n", i, age,
			    plan[p], town, months, calls, left
		}
	}'
}

step "A CSV of $rows customers, packed"
customers $rows 1 | gzip -1 >customers.csv.gz || exit 1
gzip -dc customers.csv.gz 2>/dev/null | head -n 4

step "Cut it up: words are hashed, ages guessed, features scaled, a fifth kept back" \
"sv-shard -v -w 4 -o shards --label left --positive yes --ignore id \\
    --categorical plan,town --hash 256 --missing 45 --scale standard \\
    --holdout 0.2 customers.csv.gz >problem.svf"
sv-shard -v -w 4 -o shards --label left --positive yes --ignore id \
    --categorical plan,town --hash 256 --missing 45 --scale standard \
    --holdout 0.2 customers.csv.gz >problem.svf || exit

step "Fit, with an intercept that is not penalised, as few of them leave" \
"sv-spawn -x sv-worker <problem.svf |
    sv-hub -o run.svf -- sv-admm --l1 5 --intercept --stop-gap 1e-4 >/dev/null"
sv-spawn -x sv-worker <problem.svf |
    sv-hub -q -o run.svf -- sv-admm -q --l1 5 --intercept --stop-gap 1e-4 \
    >/dev/null || exit

step "The model in the units of the file: a column, or a bucket of words, a line" \
    "sv-cat --model -f tsv run.svf"
sv-cat --model -f tsv run.svf >model.tsv || exit
awk -F '\t' 'NR < 6 || ($3 != 0 && shown++ < 6)' model.tsv

step "How good is it on those kept back?  Accuracy says little, AUC more" \
    "sv-predict -m run.svf shards/holdout.svm"
sv-predict -m run.svf shards/holdout.svm || exit

step "Others, whose columns are in another order, and of whom nobody knows yet" \
    "sv-predict -f probability run.svf new.csv"
customers 5 7 | awk -F , -v OFS=, '{ t = $4 (NF > 7 ? "," $5 : "")
	print $(NF - 1), $(NF - 2), $3, t, $2 }' >new.csv
sv-predict -f probability run.svf new.csv >chances || exit
{ echo probability; cat chances; } | paste -d , new.csv -
