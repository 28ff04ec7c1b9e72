# Rows and options for which there is little to find, nothing, or no end: a
# right answer or a clear word, and no number in a model that is none.

bats_require_minimum_version 1.5.0

setup() {
	load fits.bash
	fits_setup
	echo sv-admm >masters
}

# fits_of W OPTION...: a fit to the file "rows" by each of the file "masters",
# whose statuses go to "statuses"; what they say is in err, the hub's status in
# $status.
fits_of() {
	local w=$1
	shift
	sed "s/\$/ $*/" masters >fits
	rm -f models run.svf statuses
	set +e
	# shellcheck disable=SC2016
	sv-shard -w "$w" ${features:+-d "$features"} -o shards rows 2>err |
	    sv-spawn -q -w "$w" -x sv-worker 2>>err |
	    timeout -k 5 60 sv-hub -q -o run.svf -- sh -c '
	    while read -r master <&3; do
		"$master" "$@" 2>>err 3<&-
		echo $? >>statuses
	    done 3<masters' sh "$@" >/dev/null 2>>err
	status=${PIPESTATUS[2]}
	set -e
	echo "statuses" $(cat statuses) "of $*"
	cat err
	sv-cat --full -f json -t model run.svf >models 2>/dev/null || true
}

# alone W OPTION...: the same of one master; $status is its own.
alone() {
	fits_of "$@" || return 1
	if [ -s statuses ] && [ "$status" -eq 0 ]; then
		status=$(cat statuses)
	fi
}

both() {
	printf '%s\n' sv-admm sv-fista >masters
}

# No number of a model is none, and they are said to be the answer.
sound() {
	jq -es 'all(.[]; .text.status == "converged" and
	    .text.objective != null and .text.optimality != null and
	    .text.gap != null and all(.vector.elements[]; . != null) and
	    ((.text | has("intercept") | not) or .text.intercept != null))' \
	    models >/dev/null
}

# right W OPTION...: both masters find the answer.
right() {
	both
	fits_of "$@" -e 1e-6 || return 1
	[ "$(tr '\n' ' ' <statuses)" = "0 0 " ] && sound && optimal
}

# stops RE W OPTION...: both give up with a reason like RE.
stops() {
	local re=$1
	shift
	both
	fits_of "$@" || return 1
	[ "$(tr '\n' ' ' <statuses)" = "3 3 " ] || return 1
	[ "$(grep -Ec "$re" err)" -eq 2 ]
}

# bears W OPTION...: a right answer, or a status that is not 0 and a line that
# says why.  What is possible depends on where numbers end.
bears() {
	for master in sv-admm sv-fista; do
		echo $master >masters
		alone "$@" -e 1e-6 --max-rounds 200 || return 1
		case $status in
		0) sound && optimal || return 1 ;;
		3) grep -q 'not converged' err || return 1 ;;
		1) grep -Eq '^sv-[a-z]+: .*(finite|diverge|large|short|overflow)' err ||
		    return 1 ;;
		*) return 1 ;;
		esac
	done
}

# one PROGRAM: this program of jq is true of all models.
one() {
	jq -es "all(.[]; $1)" models >/dev/null
}

@test "all rows of one class" {
	local label
	for label in 1 -1; do
		rows class | sed "s/^[-0-9]*/$label/" >rows
		right 2 --l1 1
		[ "$(grep -c 'all rows have the same label' err)" -eq 2 ]
		right 2 --loss squared_hinge --l2 1
		stops 'the same label: there is no best intercept' 2 --l1 1 \
		    --intercept
		# Before the first weight of a path is known, too.
		stops 'the same label: there is no best intercept' 2 --path 3 \
		    --intercept
		one '.text.status == "unbounded" and .text.l1 == 1'
		# This one does without infinity: F = 0 at b = 1.
		right 2 --loss squared_hinge --intercept
	done
}

@test "weights that balance the classes: nothing but rounding for an intercept" {
	local p n weights
	rows class >rows
	p=$(grep -c '^1' rows)
	n=$(wc -l <rows)
	weights=$(awk -v p="$p" -v n="$n" 'BEGIN {
		printf "--positive-weight %.17g --negative-weight %.17g",
		    n / 2 / p, n / 2 / (n - p) }')
	both
	fits_of 3 --l1 1000 --intercept $weights
	[ "$(tr '\n' ' ' <statuses)" = "0 0 " ]
	one '.text.rounds == 0 and .text.gap < 1e-10'
	fits_of 3 --path 3 --intercept $weights
	[ "$(tr '\n' ' ' <statuses)" = "0 0 " ]
	[ "$(wc -l <models)" -eq 6 ]
	sound
}

@test "a path whose first fit, of the intercept, is cut short" {
	rows class >rows
	both
	fits_of 2 --path 2 --intercept --max-rounds 1
	[ "$(tr '\n' ' ' <statuses)" = "3 3 " ]
	[ "$(wc -l <models)" -eq 4 ]
	[ "$(grep -c 'the largest weight is a guess' err)" -eq 2 ]
}

@test "a feature that is 0 in all rows, written or not" {
	rows class | sed 's/ 3:[^ ]*//' >rows
	sed 's/ 4:/ 3:0 4:/' rows >written
	features=14
	right 2 --l1 1
	one '.vector.elements | .[2] == 0 and .[12] == 0 and .[13] == 0'
	right 2 --l2 1
	one '.vector.elements | .[2] == 0 and .[12] == 0 and .[13] == 0'
	right 2 --group 1 --group-size 2
	right 2 --l1 0 --intercept
	right 2 --nonneg
	# A box may leave it anywhere in it, but in it.
	right 2 --box 0.1,0.3
	mv written rows
	right 2 --l1 1
	one '.vector.elements[2] == 0'
}

@test "rows twice are twice the weight" {
	rows class | awk '{ print; print }' >rows
	right 3 --l1 2
	cp models twice
	rows class >rows
	right 3 --l1 1
	jq -s -e '.[0].text.objective - 2 * .[2].text.objective |
	    fabs < 1e-4' twice models
}

@test "rows without features" {
	{ rows class; printf '1\n-1\n1\n'; } >rows
	right 3 --l1 1
	right 3 --l1 1 --intercept
	rows number >rows
	printf '2.5\n' >>rows
	right 2 --loss squared --intercept --l2 1
}

@test "rows of nothing but labels" {
	printf '1\n1\n-1\n' >rows
	alone 1
	[ "$status" -eq 1 ]
	grep -q 'no features: every row is empty' err
	features=3
	right 1 --l1 1
	one '.text.nonzero == 0 and (.text.objective - 3 * 0.6931471805599453 |
	    fabs < 1e-12)'
	# The log of the odds.
	right 1 --l1 1 --intercept
	one '.text.intercept - 0.6931471805599453 | fabs < 1e-4'
	right 1 --loss squared --intercept --l2 1
	one '.text.intercept - 0.3333333333333333 | fabs < 1e-4'
}

@test "one row" {
	printf '1 1:1 2:-3\n' >rows
	right 1 --l1 0.1
	right 1 --l2 1
	right 1 --loss squared --l2 1
	right 1 --loss squared --l2 1 --intercept
	right 1 --loss squared --l1 0
	right 1 --loss huber --l1 0.1 --intercept
	right 1 --loss poisson --l1 0.1
}

@test "more workers than rows" {
	rows class 3 4 >rows
	alone 4
	[ "$status" -eq 1 ]
	grep -q 'only 3 rows for 4 shards' err
	# A recipe can be cut as one likes, but not so.
	sv-gen -n 3 -d 5 -p 0.4 -s 2 >problem
	run -2 --separate-stderr sv-spawn -q -w 4 -x sv-worker <problem
	[ "${stderr_lines[0]}" = "sv-spawn: -w 4: the problem has only 3 rows" ]
	# As many as rows are no trouble.
	right 3 --l1 0.1
}

@test "a lambda for which 0 is the answer" {
	rows class >rows
	odds=$(awk '{ n[$1]++ } END { print n[1] / n[-1] }' rows)
	for g in "--l1 1000" "--l1 1e300" "--group 1000 --group-size 3"; do
		# shellcheck disable=SC2086
		right 2 $g
		one '.text.rounds == 0 and .text.nonzero == 0'
		# With an intercept there is more to it: the log of the odds.
		# shellcheck disable=SC2086
		right 2 $g --intercept
		one ".text.nonzero == 0 and
		    (.text.intercept - ($odds | log) | fabs < 1e-4)"
	done
	# Here 0 is no more than the limit.
	right 2 --l2 1e300
	right 2 --l2 1e-300
}

# Two features, of which the first tells the classes apart.
separable() {
	awk 'BEGIN {
		for (i = 0; i < 40; i++) {
			y = i % 2 ? 1 : -1
			print y " 1:" y * (1 + i / 40) " 2:" i % 7
		}
	}' >rows
}

@test "classes that a plane separates, and nothing that holds" {
	separable
	stops 'there is no minimum' 2 --l1 0
	stops 'there is no minimum' 2 --l1 0 --intercept
	stops 'there is no minimum' 2 --nonneg
	# The loss of this one is 0 from somewhere on.
	right 2 --loss squared_hinge --l1 0
	right 2 --box=-5,5
	right 2 --l1 1e-3
	right 2 --l2 1e-3 --intercept
}

@test "classes that no plane separates, however little some rows weigh" {
	printf '%s\n' '1 1:1' '1 1:2' '-1 1:1.5' '-1 1:-1' >rows
	right 1 --l1 0 --positive-weight 10 --negative-weight 0.05
	right 1 --l1 0 --intercept --positive-weight 10 --negative-weight 0.05
}

# scaled WHAT EXPONENT: append it to numbers that have none.
scaled() {
	case $1 in
	column) sed "s/ 3:[^ ]*/&$2/" ;;
	all) sed "s/:[^ ]*/&$2/g" ;;
	labels) sed "s/^[^ ]*/&$2/" ;;
	esac
}

@test "values of 1e150, in one feature or in all" {
	local where
	for where in column all; do
		rows class | scaled "$where" e150 >rows
		bears 2 --l1 1
		bears 2 --l2 1 --intercept
		bears 2 --loss squared_hinge --l1 1
		rows number | scaled "$where" e150 >rows
		bears 2 --loss squared --l1 1
		bears 2 --loss huber --l2 1
		rows count | scaled "$where" e150 >rows
		bears 2 --loss poisson --l1 1
	done
}

@test "values of 1e-150, in one feature or in all" {
	local where
	for where in column all; do
		rows class | scaled "$where" e-150 >rows
		right 2 --l1 1
		right 2 --l2 1 --intercept
		right 2 --loss squared_hinge --l1 1
		rows number | scaled "$where" e-150 >rows
		right 2 --loss squared --l1 1
		right 2 --loss huber --l2 1
		rows count | scaled "$where" e-150 >rows
		right 2 --loss poisson --l1 1
	done
}

@test "values whose squares are no numbers" {
	rows class | scaled column e200 >rows
	bears 2 --l1 1
	rows number | scaled all e200 >rows
	bears 2 --loss squared --l1 1
}

@test "labels from 1e-150 to 1e150" {
	local factor loss
	for factor in e150 e-150; do
		rows number | scaled labels $factor >rows
		bears 2 --loss squared --l1 0
		bears 2 --loss squared --l2 1 --intercept
		bears 2 --loss huber --l2 1 --intercept
	done
	# Least squares know no scale.
	for factor in e8 e-8 e150 e-150; do
		rows number | scaled labels $factor >rows
		right 2 --loss squared --l2 1
	done
}

@test "counts of 0 only" {
	rows count | sed 's/^[0-9]*/0/' >rows
	right 2 --loss poisson --l1 1
	right 2 --loss poisson --l2 1
	right 2 --loss poisson --l1 0
	stops 'all counts are 0: there is no best intercept' 2 --loss poisson \
	    --l1 1 --intercept
	# What is above 1 at the start is exp(m), not its lack of counts.
	rows count | sed 's/[0-9.-]*\.[0-9]*/1/g' >rows
	right 2 --loss poisson --box 0.5,2 --intercept
	rows count | sed 's/^[0-9]*/0/' >rows
	# Here exp(m) can be made as small as one likes.
	awk '{ print 0, "1:" 1 + NR % 3 }' rows >positive
	mv positive rows
	bears 2 --loss poisson --l1 0
	right 2 --loss poisson --l1 0.1
}

@test "counts of millions" {
	rows count | sed 's/^[0-9]*/&000000/' >rows
	right 2 --loss poisson --l1 1
	right 2 --loss poisson --l2 1 --intercept
}

@test "what is no finite number is refused, and its line is named" {
	local bad
	for bad in '1 1:nan' 'nan 1:1' '1 1:inf' '-inf 1:1' '1 2:1e400' \
	    '1e999 1:1'; do
		{ rows class 5; echo "$bad"; } >rows
		run -1 --separate-stderr sv-shard -w 2 -o shards rows
		[ -z "$output" ]
		[[ $stderr == "sv-shard: rows: line 6: expected"* ]]
	done
}

@test "labels that are none of the loss's" {
	rows number >rows
	alone 2 --loss poisson
	[ "$status" -eq 1 ]
	grep -Eq '^sv-[a-z]+: .*label.*poisson loss takes' err
	alone 2
	[ "$status" -eq 1 ]
	grep -q 'more than three distinct labels; the logistic loss takes' err
}
