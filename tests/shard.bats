# sv-shard: text and problems into shard files, all or none.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
	umask 022
}

# rows FILE: the rows of a problem, in no order.
rows() {
	sv-cat -f libsvm "$1" | sort
}

# fails STATUS MESSAGE ARGUMENTS...: sv-shard fails so, and leaves nothing.
fails() {
	local want_status=$1 want=$2
	shift 2
	run --separate-stderr sv-shard "$@"
	echo "sv-shard $*: $status: $stderr"
	[ "$status" -eq "$want_status" ]
	[ -z "$output" ]
	[ "${stderr_lines[0]}" = "sv-shard: $want" ]
	[ ! -e out ]
}

@test "any cutting of a recipe has the same rows" {
	sv-gen -n 1000 -d 200 -p 0.03 >gen
	rows gen >want
	[ "$(wc -l <want)" -eq 1000 ]
	for w in 1 2 3 16 999 1000; do
		sv-shard -w $w -o s$w gen >p$w 2>err
		[ ! -s err ]
		rows p$w | cmp - want
		[ "$(find s$w -name 'shard-*.svs' | wc -l)" -eq $w ]
		[ "$(find s$w -type f | wc -l)" -eq $w ]
	done
}

@test "text to shards to text is the identity" {
	sv-gen -n 1000 -d 200 -p 0.03 | sv-cat -f libsvm >text
	sv-shard -w 7 -o s text >p
	rows p | cmp - <(sort text)
	sv-shard -w 1 -o s1 text | sv-cat -f libsvm | cmp - text
}

@test "values may be kept in 32 bits, in the files as well" {
	sv-gen -n 100 -d 20 -p 0.3 >gen
	sv-gen -n 100 -d 20 -p 0.3 --f32 >gen32
	sv-shard -w 2 -o a gen >p
	run ! grep -q values p
	for i in "--f32 gen" "gen32" "--f32 gen32"; do
		rm -rf b
		# shellcheck disable=SC2086
		sv-shard -w 2 -o b $i >p32
		grep -q '"values":"f32","shards":' p32
		sv-shard --info -f json b/shard-0000* | grep -q 'values f32'
		paste <(sv-cat -f libsvm p) <(sv-cat -f libsvm p32) | awk '
		{
			for (i = 1; i <= NF / 2; i++) {
				split($i, x, ":"); split($(i + NF / 2), y, ":")
				e = x[2] - y[2]
				if (x[1] != y[1] || e * e > 1e-14 * x[2] * x[2])
					exit 1
				n += e != 0
			}
		}
		END { exit n == 0 }'
	done
	printf '0\n1 1:0.5 7:1e39 8:1\n' >text
	fails 1 "row 2, feature 7: 1e+39 is too large for 32 bits: leave out --f32" \
	    --f32 -w 1 -o out text
}

@test "real data goes through" {
	data=$SV_SRCDIR/../shared/data
	[ -e "$data/a8a.xz" ] || skip "there is no $data/a8a.xz"
	xz -dc "$data/a8a.xz" | sv-shard -w 8 -o s >p
	grep -q '"n":22696,"d":123,"nnz":314815,"labels":\[-1,1\]' p
	rows p | cmp - <(xz -dc "$data/a8a.xz" | sed 's/[[:blank:]]*$//' | sort)
}

@test "shards can be cut again, also where they are" {
	sv-gen -n 500 -d 100 -p 0.05 >gen
	sv-shard -w 3 -o a gen >p3
	sv-shard -w 5 -o b p3 >p5
	sv-shard -w 4 -o b <p5 >p4
	rows p4 | cmp - <(rows gen)
	[ "$(find b -name 'shard-*' | wc -l)" -eq 5 ]
}

@test "the same seed makes the same files, another one others" {
	sv-gen -n 100 -d 20 -p 0.2 >gen
	sv-shard -w 4 -o a gen >pa
	sv-shard -w 4 -s 1 -o b gen >pb
	sv-shard -w 4 -s 2 -o c gen >pc
	for i in 0 1 2 3; do
		cmp a/shard-0000$i.svs b/shard-0000$i.svs
		run ! cmp -s a/shard-0000$i.svs c/shard-0000$i.svs
	done
	rows pc | cmp - <(rows pa)
}

@test "every shard has its part of each section of the data" {
	# The row number is the label: 40 groups of 5.
	seq 0 199 | sed 's/$/ 1:1/' >text
	sv-shard -w 5 -o s text >p
	sv-cat -f libsvm p | sed 's/^+//; s/ .*//' >labels
	# Shards follow each other; each has one row of every group, in order.
	awk '{ if (int($1 / 5) != (NR - 1) % 40) exit 1 }' labels
	sort -n labels | cmp - <(seq 0 199)
	# And not the same one each time.
	[ "$(head -n 40 labels | awk '{ print $1 % 5 }' | sort -u | wc -l)" \
	    -eq 5 ]
}

@test "sizes differ by one row at most" {
	sv-gen -n 23 -d 20 -p 0.2 | sv-shard -w 5 -o s >p
	grep -ao '"n":[0-9]*,"nnz"' p | sort | uniq -c >counts
	cat counts
	grep -q '3 "n":5,' counts
	grep -q '2 "n":4,' counts
}

@test "labels are listed while they are at most three" {
	printf '2 1:1\n-1 1:1\n2 1:1\n' | sv-shard -w 1 -o a | tee p |
	    grep -q '"labels":\[-1,2\]'
	printf '2 1:1\n0.5 1:1\n-1e300 1:1\n' | sv-shard -w 1 -o a |
	    grep -q '"labels":\[-1.*e300,0.5,2\]'
	printf '1 1:1\n2 1:1\n3 1:1\n4 1:1\n' | sv-shard -w 1 -o a |
	    grep -q '"labels":null'
}

@test "-d sets the number of features" {
	printf '1 2:1\n' >text
	sv-shard -w 1 -o a text | grep -q '"d":2,'
	sv-shard -w 1 -d 9 -o a text | grep -q '"d":9,'
	sv-gen -n 5 -d 3 -p 1 | sv-shard -w 1 -d 4 -o a | grep -q '"d":4,'
	fails 1 "text: line 1: index 2 is beyond the 1 features expected" \
	    -w 1 -d 1 -o out text
	sv-gen -n 5 -d 3 -p 1 >gen
	fails 1 "gen: the problem has 3 features, more than the 2 of -d" \
	    -w 1 -d 2 -o out gen
}

@test "URLs are absolute and percent-encoded" {
	mkdir 'a b%#ä'
	cd 'a b%#ä'
	sv-gen -n 5 -d 3 -p 1 | sv-shard -w 2 -o 'x y' >p
	grep -q 'a%20b%25%23%C3%A4/x%20y/shard-00001.svs' p
	grep -q '"url":"file:///' p
	[ "$(sv-cat -f libsvm p | wc -l)" -eq 5 ]
}

@test "every row keeps its weight" {
	sv-gen -n 1000 -d 200 -p 0.03 >gen
	sv-cat -f libsvm gen >text
	awk '{ print NR % 4 == 0 ? 0 : NR / 8 }' text >weights
	paste -d ' ' weights text | sort >want
	for w in 1 2 7 1000; do
		sv-shard -w $w -o s -W weights text >p 2>err
		[ ! -s err ]
		grep -q '"weighted":true' p
		paste -d ' ' <(sv-cat -f weights p) <(sv-cat -f libsvm p) |
		    sort | cmp - want
	done
	sv-cat -f weights gen | sort -u | cmp - <(echo 1)
	# The rows of a problem, its weights as they are, or others.
	sv-shard -w 3 -o a --weights weights gen >pa
	sv-shard -w 4 -o b pa >pb
	paste -d ' ' <(sv-cat -f weights pb) <(sv-cat -f libsvm pb) | sort |
	    cmp - want
	sv-cat -f weights pa | sed 's/.*/5/' >fives
	sv-shard -w 4 -o c -W fives pa | sv-cat -f weights | sort -u |
	    cmp - <(echo 5)
	sv-shard -w 1 -o d -W - text <weights | sv-cat -f weights |
	    cmp - weights
}

@test "a weight of 2 is the row twice" {
	sv-gen -n 200 -d 50 -p 0.1 | sv-cat -f libsvm >text
	awk '{ print NR % 3 }' text >weights
	awk '{ for (i = 0; i < NR % 3; i++) print }' text >twice
	sv-shard -w 4 -o a -W weights text >pa
	sv-shard -w 4 -o b twice >pb
	run ! grep -q weighted pb
	paste -d ' ' <(sv-cat -f weights pa) <(sv-cat -f libsvm pa) |
	    awk '{ n = $1; sub(/^[^ ]* /, ""); for (; n > 0; n--) print }' |
	    sort | cmp - <(rows pb)
}

@test "weights make another cut, none make the files of old" {
	sv-gen -n 100 -d 20 -p 0.2 | sv-cat -f libsvm >text
	seq 100 >weights
	sed '50s/.*/7/' weights >others
	sed 's/.*/1/' weights >ones
	sv-shard -w 2 -o plain text >plain.svf
	for w in weights others ones; do
		sv-shard -w 2 -o d$w -W $w text >$w.svf
		run ! cmp -s plain/shard-00000.svs d$w/shard-00000.svs
	done
	for p in plain weights others ones; do
		grep -ao '"cut":"[0-9a-f]*"' $p.svf
	done | sort -u >cuts
	[ "$(wc -l <cuts)" -eq 4 ]
	# A worker is not given a file of the same rows with other weights.
	cp dothers/shard-00001.svs dweights/
	run --separate-stderr sv-cat -f libsvm weights.svf
	[ "$status" -eq 1 ]
	[[ $stderr == *"not the file expected: it is of another cut" ]]
	cp plain/shard-00001.svs dweights/
	run --separate-stderr sv-cat -f libsvm weights.svf
	[ "$status" -eq 1 ]
	[[ $stderr == *"not the file expected: it has no weights" ]]
}

# weights TEXT: as printf prints it.
weights() {
	# shellcheck disable=SC2059
	printf "$1" >weights
}

@test "lines that are no weights are named, and nothing is left" {
	local most="there are only 3 rows"
	printf '1 1:1\n\n-1 1:2\n1 1:3\n' >text
	sv-gen -n 3 -d 3 -p 1 >gen
	weights '# of 3 rows\n\n 0.5\t\r\n0 # none\n2'
	sv-shard -w 1 -o ok -W weights text | sv-cat -f weights |
	    cmp - <(printf '0.5\n0\n2\n')
	weights '1\n2\n'
	for from in text gen; do
		fails 1 "weights: line 3: the end after 2 weights, and there are more rows" \
		    -w 1 -o out -W weights $from
	done
	weights '1\n2\n3\n\n# more\n4\n5\n'
	for from in text gen; do
		fails 1 "weights: line 6: a weight too many: $most" \
		    -w 1 -o out -W weights $from
	done
	weights ''
	fails 1 "weights: line 1: the end after 0 weights, and there are more rows" \
	    -w 1 -o out -W weights text
	weights '1\n2\nx\n'
	fails 1 "weights: line 3: expected a weight, found 'x'" \
	    -w 1 -o out -W weights text
	weights '1\n2\n3\nx\n'
	fails 1 "weights: line 4: expected a weight, found 'x'" \
	    -w 1 -o out -W weights text
	weights '1\n2 3\n'
	fails 1 "weights: line 2: expected the line's end, found '3'" \
	    -w 1 -o out -W weights text
	for bad in -1 -1e-320 1e309; do
		weights "1\n$bad\n1\n"
		fails 1 "weights: line 2: expected a finite weight that is not negative, found '$bad'" \
		    -w 1 -o out -W weights text
	done
	for bad in nan inf 0x1 1,5 1e; do
		weights "1\n$bad\n1\n"
		fails 1 "weights: line 2: expected a weight, found '$bad'" \
		    -w 1 -o out -W weights text
	done
	weights '1\n1\0002\n1\n'
	fails 1 "weights: line 2: expected a weight, found '1?2'" \
	    -w 1 -o out -W weights text
	head -c 1000000 /dev/zero | tr '\0' 1 >weights
	fails 1 "weights: line 1: expected a weight, found '1111111111111111111111111111111111111111...'" \
	    -w 1 -o out -W weights text
	fails 1 "nosuch: No such file or directory" -w 1 -o out -W nosuch text
	fails 1 ".: Is a directory" -w 1 -o out -W . text
	fails 2 "-W -: standard input is for the rows, or name their file" \
	    -w 1 -o out -W -
}

@test "a bad line is named, and nothing is left" {
	printf '1 1:1\n\n# x\n1 1:1\n1 1:1 2:1\n-1 1:2 \n1 abc\n' >text
	fails 1 "text: line 7: expected index:value, found 'abc'" \
	    -w 2 -o out text
	printf 'y,x1,x2\n' >text
	fails 1 "text: line 1: expected a label, found 'y,x1,x2' (LIBSVM text: LABEL INDEX:VALUE ...)" \
	    -w 1 -o out text
	printf '1 0:1\n' >text
	fails 1 "text: line 1: index 0: indices are one-based, unless --zero-based says otherwise" \
	    -w 1 -o out text
	{ sv-gen -n 9000 -d 90 -p 0.3 | sv-cat -f libsvm; echo '1 3:1 2:1'; } \
	    >text
	fails 1 "text: line 9001: index 2 comes after 3: expected ascending indices" \
	    -w 2 -o out text
}

@test "packed text is as good, and several files are one text" {
	sv-gen -n 300 -d 20 -p 0.2 | sv-cat -f libsvm >text
	sv-shard -w 2 -o plain text >want
	head -n 100 text >a
	sed -n '101,200p' text | gzip >b.gz
	tail -n 100 text | xz >c
	for from in "a b.gz c" "- b.gz c"; do
		# shellcheck disable=SC2086
		sv-shard -w 2 -o parts $from >p <a
		cmp plain/shard-00000.svs parts/shard-00000.svs
		cmp plain/shard-00001.svs parts/shard-00001.svs
	done
	gzip <text | sv-shard -w 2 -o parts >p
	cmp plain/shard-00001.svs parts/shard-00001.svs
	fails 1 "want: a problem frame: there can be no other file with it" \
	    -w 2 -o out want a
	fails 1 "nosuch: No such file or directory" -w 1 -o out a nosuch
	fails 2 "standard input can be read only once" -w 1 -o out - a -
}

@test "no rows, too few rows, no features" {
	: >text
	fails 1 "text: no rows" -w 1 -o out text
	printf '\n# nothing\n' >text
	fails 1 "text: no rows" -w 1 -o out text
	printf '1 1:1\n1 1:2\n' >text
	fails 1 "text: only 2 rows for 3 shards" -w 3 -o out text
	printf '1\n-1\n' >text
	fails 1 "text: no features: every row is empty, and -d does not say how many there are" \
	    -w 1 -o out text
	sv-shard -w 1 -d 5 -o s text | sv-cat -f libsvm | cmp - <(
	    printf '+1\n-1\n')
}

@test "usage errors" {
	fails 2 "-w is missing: how many shards?" -o out
	fails 2 "-o is missing: which directory, or which URL?" -w 1
	fails 2 "-o is missing: which directory, or which URL?" -w 1 -o ''
	fails 2 "-o ftp://h/x: expected a directory, or a URL that begins with s3://, http:// or https://" \
	    -w 1 -o ftp://h/x
	fails 2 "-w 0: expected a whole number from 1 to 65536" -w 0 -o out
	fails 2 "-w 65537: expected a whole number from 1 to 65536" \
	    -w 65537 -o out
	fails 2 "-d 0: expected a whole number from 1 to 4294967295" \
	    -d 0 -w 1 -o out
	fails 2 "-s -1: expected a whole number from 0 to 9223372036854775807" \
	    -s -1 -w 1 -o out
	fails 2 "-s 9223372036854775808: expected a whole number from 0 to 9223372036854775807" \
	    -s 9223372036854775808 -w 1 -o out
	fails 2 "-f xml: expected auto, libsvm, csv or tsv" -f xml -w 1 -o out a
	fails 2 "--scale big: expected maxabs or standard" \
	    --scale big -w 1 -o out a
	for share in 0 1; do
		fails 2 "--holdout $share: expected a share of the rows between 0 and 1" \
		    --holdout $share -w 1 -o out a
	done
	fails 2 "--holdout x: expected a number from 0 to 1" \
	    --holdout x -w 1 -o out a
	fails 2 "--hash 0: expected a whole number from 1 to 4294967295" \
	    --hash 0 -w 1 -o out a
	fails 2 "--info: which shard files?" --info
	fails 2 "-o has nothing to do with --info" --info -o out a
	fails 2 "-f csv: expected text, tsv or json" --info -f csv a
}

@test "files that cannot be read or written" {
	sv-gen -n 5 -d 3 -p 1 >gen
	fails 1 "nosuch: No such file or directory" -w 1 -o out nosuch
	fails 1 ".: Is a directory" -w 1 -o out .
	fails 1 "no/where/out: No such file or directory" \
	    -w 1 -o no/where/out gen
	run --separate-stderr sv-shard -w 1 -o gen gen
	[ "$status" -eq 1 ]
	[ "$stderr" = "sv-shard: -o gen: not a directory" ]
	run --separate-stderr sh -c 'sv-shard -w 2 -o out gen >/dev/full'
	[ "$status" -eq 1 ]
	[ "$stderr" = \
	    "sv-shard: cannot write the problem: No space left on device" ]
	[ ! -e out ]
}

@test "a frame stream that is damaged, or has no problem" {
	sv-gen -n 5 -d 3 -p 1 >gen
	head -c 100 gen >cut
	fails 1 "cut: frame at byte 0: the stream ends in the middle of it" \
	    -w 1 -o out cut
	sv-shard -w 2 -o s gen >p
	run sh -c 'sv-shard -w 1 -o out s/shard-00000.svs 2>&1 >/dev/null'
	[ "$status" -eq 1 ]
	[ "$output" = "sv-shard: s/shard-00000.svs: no problem frame" ]
	[ ! -e out ]
	rm s/shard-00001.svs
	fails 1 "$PWD/s/shard-00001.svs: No such file or directory" \
	    -w 1 -o out p
}

@test "frames that are not for it are passed on" {
	sv-gen -n 5 -d 3 -p 1 >gen
	sv-shard -w 1 -o a gen >p
	# Any other frame will do: here those of a shard file.
	cat a/shard-00000.svs gen a/shard-00000.svs >mixed
	sv-shard -w 1 -o b mixed >out
	size=$(stat -c %s a/shard-00000.svs)
	head -c "$size" out | cmp - a/shard-00000.svs
	tail -c "$size" out | cmp - a/shard-00000.svs
	[ "$(sv-cat -f libsvm out | wc -l)" -eq 5 ]
}

@test "files of an earlier cut stay when a new one fails" {
	sv-gen -n 5 -d 3 -p 1 | sv-shard -w 2 -o s >p
	echo 'x' >text
	run sv-shard -w 2 -o s text
	[ "$status" -eq 1 ]
	[ "$(sv-cat -f libsvm p | wc -l)" -eq 5 ]
	[ "$(find s -type f | wc -l)" -eq 2 ]
}

@test "a signal leaves nothing" {
	for sig in INT TERM HUP; do
		mkfifo fifo
		# A job in the background of a script ignores SIGINT.
		env --default-signal=INT sv-shard -w 3 -o out fifo >p &
		pid=$!
		exec 7<>fifo
		echo '1 1:1' >&7
		for _ in $(seq 100); do
			[ "$(find out -name '.shard-*' 2>/dev/null | wc -l)" \
			    -ne 3 ] || break
			sleep 0.05
		done
		[ "$(find out -name '.shard-*' | wc -l)" -eq 3 ]
		kill -$sig $pid
		status=0
		wait $pid || status=$?
		exec 7>&-
		echo "$sig: $status"
		[ "$status" -eq $((128 + $(kill -l $sig))) ]
		[ ! -e out ]
		[ ! -s p ]
		rm fifo
	done
}

@test "many shards need few descriptors and little memory" {
	sv-gen -n 20000 -d 100 -p 0.05 >gen
	ulimit -n 40
	sv-shard -w 2000 -o s gen >p
	[ "$(find s -type f | wc -l)" -eq 2000 ]
	[ "$(sv-cat -f libsvm p | wc -l)" -eq 20000 ]
}

@test "a terminal is refused" {
	script -qec true /dev/null || skip "no script(1), or no terminal to be had"
	run script -qec 'sv-shard -w 1 -o out x' /dev/null
	[ "$status" -eq 1 ]
	[[ $output == *"sv-shard: standard output is a terminal"* ]]
}

@test "--verbose says what was cut" {
	sv-gen -n 9 -d 3 -p 1 >gen
	run --separate-stderr sh -c 'sv-shard -v -w 2 -o s gen >/dev/null'
	[ "${stderr_lines[0]}" = \
	    "sv-shard: gen: 9 rows of 3 features in 2 shards" ]
	[ "${stderr_lines[1]}" = \
	    "sv-shard: 27 non-zeros, 100 % of all elements" ]
	[[ ${stderr_lines[2]} =~ ^"sv-shard: labels: -1 ("[0-9]" row"s?"), 1 ("[0-9]")"$ ]]
	[[ ${stderr_lines[3]} == "sv-shard: "*" written in "*" rows/s" ]]
	[ "${#stderr_lines[@]}" -eq 4 ]
	seq 9 >weights
	run --separate-stderr sh -c 'sv-shard -v -W weights -w 2 -o s gen |
	    cat >/dev/null'
	[ "${stderr_lines[0]}" = \
	    "sv-shard: gen: 9 rows of 3 features in 2 shards, with weights" ]
}
