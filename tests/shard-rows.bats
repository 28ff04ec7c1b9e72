# sv-shard: which rows come with which labels, and which are held out.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# fails MESSAGE ARGUMENTS...: sv-shard fails so, and leaves nothing.
fails() {
	local want=$1
	shift
	run --separate-stderr sv-shard "$@"
	echo "sv-shard $*: $status: $stderr"
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ "$stderr" = "sv-shard: $want" ]
	[ ! -e out ]
}

# problem JQ-FILTER: of the problem frame in the file p.
problem() {
	sv-cat -t problem p | jq -c ".text | $1"
}

@test "labels 1 and 2: the second is the positive class, for whoever loads" {
	printf '1 1:1\n2 1:2\n2 1:3\n' >text
	run --separate-stderr sh -c 'sv-shard -v -w 1 -o s text >p'
	[ "$status" -eq 0 ]
	[ "${stderr_lines[2]}" = "sv-shard: labels: 1 (1 row), 2 (2); workers make 2 the positive class, 1 the other" ]
	[ "$(problem '[.positive, .labels, .schema]')" = '[2,[1,2],null]' ]
	sv-cat -f libsvm p | cmp - <(printf -- '-1 1:1\n+1 1:2\n+1 1:3\n')
	# Cut again, they are 1 and -1 in the files; what they were is kept.
	sv-shard -w 2 -o t p >p2
	mv p2 p
	[ "$(problem '[.positive, .labels]')" = '[null,[-1,1]]' ]
	[ "$(problem .schema)" = \
	    '{"format":"libsvm","positive":"2","negative":"1"}' ]
	sv-cat -f libsvm p | sort -t : -k 2 |
	    cmp - <(printf -- '-1 1:1\n+1 1:2\n+1 1:3\n')
	fails "p: --positive: the problem's labels are 1 and -1, made of others already: cut its text again" \
	    --positive 2 -w 1 -o out p
}

@test "all other labels are left alone" {
	for labels in '-1 1' '0 1' '1' '2' '2 3' '1 2 3' '1 1.5 2' '0 1 2'; do
		for y in $labels; do
			echo "$y 1:1"
		done >text
		sv-shard -w 1 -o s text >p
		[ "$(problem .positive)" = null ]
		[ "$(problem '.labels | @text')" = "\"[${labels// /,}]\"" ]
	done
}

@test "--positive: one class against the rest" {
	printf '1 1:1\n2 2:1\n3 3:1\n2.0 4:1\n4 5:1\n' >text
	sv-shard --positive 2 -w 1 -o s text >p
	[ "$(problem '[.labels, .positive, .schema.positive]')" = \
	    '[[-1,1],null,"2"]' ]
	sv-cat -f libsvm p | cmp - <(
	    printf -- '-1 1:1\n+1 2:1\n-1 3:1\n+1 4:1\n-1 5:1\n')
	fails "text: no row has the label '7': there are 1, 2, 3, 4" \
	    --positive 7 -w 1 -o out text
	# The same of a problem, as long as its labels are those of the text.
	sv-shard -w 3 -o t text >p3
	sv-shard --positive 2.0 -w 1 -o u p3 >p
	[ "$(problem '[.labels, .schema.positive]')" = '[[-1,1],"2"]' ]
	[ "$(sv-cat -f libsvm p | sort)" = "$(sv-shard --positive 2 -w 1 -o s \
	    text | sv-cat -f libsvm | sort)" ]
	fails "p3: no row has the label 7" --positive 7 -w 1 -o out p3
	fails "--positive b: the labels of a problem are numbers" \
	    --positive b -w 1 -o out p3
}

@test "--zero-based is remembered, and indices are those of the text plus one" {
	printf '1 0:1 4:2\n-1 3:1\n' >text
	sv-shard --zero-based -w 1 -o s text >p
	[ "$(problem '[.d, .schema.zero_based]')" = '[5,true]' ]
	sv-cat -f libsvm p | cmp - <(printf -- '+1 1:1 5:2\n-1 4:1\n')
	# Also of a text that was left where it is, cut at last.
	sv-shard --zero-based -w 2 --remote "file://$PWD/text" |
	    sv-shard -w 1 -o t >p
	[ "$(problem '[.d, .schema.zero_based]')" = '[5,true]' ]
	sv-cat -f libsvm p | cmp - <(printf -- '+1 1:1 5:2\n-1 4:1\n')
}

@test "options of text are none of a problem's" {
	sv-gen -n 5 -d 3 -p 1 >gen
	for option in --zero-based --no-header "--label y" "--ignore 3" \
	    "--format csv"; do
		# shellcheck disable=SC2086
		fails "gen: a problem frame: ${option%% *} is for text" \
		    -w 1 -o out $option gen
	done
	sv-shard -f auto -w 1 -o s gen >p
}

@test "options that would do nothing are refused" {
	printf '1 1:1\n' >a.svm
	printf 'x,y\n1,1\n2,-1\n' >b.csv
	cp b.csv census.data
	for option in "--label y" "--categorical x" "--ignore x" "--missing 0" \
	    "--no-header"; do
		# shellcheck disable=SC2086
		fails "a.svm: ${option%% *} is for CSV and TSV, and by its name this is neither: say -f csv or -f tsv" \
		    -w 1 -o out $option a.svm
	done
	fails "census.data: --label is for CSV and TSV, and by its name this is neither: say -f csv or -f tsv" \
	    -w 1 -o out --label y census.data
	fails "b.csv: --label is for CSV and TSV, not for LIBSVM text" \
	    -w 1 -o out --label y -f libsvm b.csv
	fails "b.csv: CSV text: --zero-based is for LIBSVM text" \
	    -w 1 -o out --label y --zero-based b.csv
	run --separate-stderr sv-shard -w 1 -o out --label y --hash 5 b.csv
	[ "$status" -eq 2 ]
	[ "${stderr_lines[0]}" = "sv-shard: --hash is for categories: --categorical says which columns have them" ]
	# Features without a name cannot be added to those of columns.
	sv-shard -w 1 -o s --label y -f csv census.data >p
	fails "p: its columns make 1 features, and not the 3 of -d" \
	    -w 1 -d 3 -o out p
}

@test "rows held out are the same for any number of shards, and all the others are there" {
	sv-gen -n 4000 -d 50 -p 0.1 | sv-cat -f libsvm >text
	for w in 1 7; do
		sv-shard -w $w -o s$w --holdout 0.25 text >p
		n=$(wc -l <s$w/holdout.svm)
		[ "$(problem '[.n, .holdout.n]')" = "[$((4000 - n)),$n]" ]
		problem .holdout.url | grep -q "\"file:///.*/s$w/holdout.svm\""
		sv-cat -f libsvm p | sort - s$w/holdout.svm | cmp - <(sort text)
	done
	# Within five standard deviations of the mean.
	[ "$n" -gt 863 ]
	[ "$n" -lt 1137 ]
	cmp s1/holdout.svm s7/holdout.svm
	# In the text's order; a larger share holds out all of these, and others.
	grep -xFf s1/holdout.svm text | cmp - s1/holdout.svm
	sv-shard -w 1 -o more --holdout 0.5 text >p
	grep -cxFf s1/holdout.svm more/holdout.svm | grep -qx "$n"
	sv-shard -w 1 -o other -s 2 --holdout 0.25 text >p
	run ! cmp -s s1/holdout.svm other/holdout.svm
	# A cut of what is left knows of them still.
	sv-shard -w 1 -o s1 --holdout 0.25 text >p1
	sv-shard -w 2 -o again p1 >p
	[ "$(problem .holdout.n)" = "$n" ]
}

@test "rows held out have labels as they are loaded, and no weights" {
	seq 1 40 | awk '{ print 1 + $1 % 2, "1:" $1 }' >text
	seq 1 40 >weights
	sv-shard -w 2 -o s --holdout 0.5 -W weights text >p
	n=$(wc -l <s/holdout.svm)
	[ "$n" -gt 0 ]
	[ "$n" -lt 39 ]
	[ "$(problem .positive)" = 2 ]
	# An odd number was the label 2.
	awk '{ split($2, x, ":")
		if ($1 != (x[2] % 2 ? "+1" : "-1"))
			exit 1 }' s/holdout.svm
	# Weights are those of the rows that are left.
	paste <(sv-cat -f weights p) <(sv-cat -f libsvm p) |
	    awk '{ split($3, x, ":"); if (x[2] != $1) exit 1 }'
	sv-cat -f libsvm p | sort - s/holdout.svm | wc -l | grep -qx 40
}

@test "holding out all rows, or none" {
	printf '1 1:1\n-1 1:2\n1 1:3\n' >text
	fails "text: only 0 rows for 1 shards: 3 are held out" \
	    --holdout 0.9999999 -w 1 -o out text
	run --separate-stderr sh -c 'sv-shard -w 1 -o s --holdout 1e-9 text >p'
	[ "$status" -eq 0 ]
	[ "$stderr" = \
	    "sv-shard: text: no row was held out: there are only 3" ]
	[ -e s/holdout.svm ]
	[ ! -s s/holdout.svm ]
	[ "$(problem .holdout.n)" = 0 ]
}

@test "--info tells what is in shards" {
	sv-gen -n 9 -d 4 -p 0.5 >gen
	seq 9 >weights
	sv-shard -w 2 -o s -W weights gen >p
	sv-shard --info -f json s/shard-0000* >json
	jq -e 'length == 2 and .[1].shard == 1 and .[1].shards == 2 and
	    .[0].rows + .[1].rows == 9 and .[0].features == 4 and
	    .[0].nonzeros + .[1].nonzeros == 18 and .[0].weighted == "yes" and
	    .[0].checked == "good" and .[0].cut == .[1].cut' json
	jq -e ".[0].bytes == $(stat -c %s s/shard-00000.svs)" json
	[ "$(problem .cut)" = "$(jq '.[0].cut' json)" ]
	sv-shard --info -f tsv s/shard-00001.svs >tsv
	[ "$(wc -l <tsv)" -eq 2 ]
	n=$(jq '.[1].rows' json)
	grep -q "^s/shard-00001.svs	1	2	$n	4	$((2 * n))	" tsv
	# For a person the same figures.
	sv-shard --info s/shard-00000.svs >table
	n=$(jq '.[0].rows' json)
	grep -q "^  s/shard-00000.svs  *0  *2  *$n  *4  *$((2 * n)) .* good " \
	    table
}

@test "--info finds damage, and says so of the other files, too" {
	sv-gen -n 500 -d 20 -p 0.5 | sv-shard -w 3 -o s >p
	cp s/shard-00001.svs flipped
	printf X | dd of=flipped bs=1 seek=1000 conv=notrunc 2>/dev/null
	head -c 1000 s/shard-00002.svs >short
	echo text >text
	run --separate-stderr sv-shard --info -f tsv flipped short text nosuch \
	    s/shard-00000.svs
	[ "$status" -eq 1 ]
	echo "$output"
	[ "${#lines[@]}" -eq 6 ]
	[ "$(cut -f 1,11 <<<"$output" | sed 1d)" = "flipped	bad
short	bad
text	bad
nosuch	bad
s/shard-00000.svs	good" ]
	echo "$stderr"
	[ "${#stderr_lines[@]}" -eq 4 ]
	[[ ${stderr_lines[0]} == "sv-shard: flipped: "*"checksum"* ]]
	[[ ${stderr_lines[1]} == "sv-shard: short: "* ]]
	[[ ${stderr_lines[2]} == "sv-shard: text: "* ]]
	[ "${stderr_lines[3]}" = \
	    "sv-shard: nosuch: No such file or directory" ]
}
