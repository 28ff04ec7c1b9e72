# sv-shard --remote: one text that lies somewhere, and workers who each read their
# part of it.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
	load npm
	load servers
	PATH=$SV_BUILDDIR/tests:$PATH
	mkdir data
	# Fetched again and again, with some luck at once.
	export SV_FETCH_STALL=2
}

teardown() {
	servers_stop
}

# text KIND: a text of 12 rows, 4 features, in one of several forms.
text() {
	case $1 in
	unix)	text unended; echo ;;
	dos)	text unix | sed 's/$/\r/' ;;
	blanks)	text unix | sed 'G; G; s/\n\n/\n \n/' ;;
	comments) text unix | sed '3i # 1 1:1\n#' | sed '7s/$/ # 3:3/' ;;
	long)	text unix | sed "4s/ 1:/$(printf '%0300d' 0 | tr 0 ' ')1:/" ;;
	unended)
		printf '1 1:1 2:0.5\n-1 2:1\n-1 1:-1 3:2\n1 1:3\n1 4:1\n-1 2:7'
		printf '\n1 1:1 2:1 3:1 4:1\n-1\n-1 4:-2\n1 3:1\n-1 1:-3\n1 2:-1'
		;;
	esac
}

# fails STATUS MESSAGE ARGUMENT...
fails() {
	local want_status=$1 want=$2
	shift 2
	run --separate-stderr sv-shard "$@"
	echo "sv-shard $*: $status: $stderr"
	[ "$status" -eq "$want_status" ]
	[ -z "$output" ]
	[ "${stderr_lines[0]}" = "sv-shard: $want" ]
}

# the rows of problem $1, as they come
rows() {
	sv-cat -f libsvm "$1"
}

@test "any number of ranges has each row once, in order" {
	for kind in unix dos unended blanks comments long; do
		text $kind >$kind.svm
		sv-shard -w 1 -o one $kind.svm | rows - >want
		[ "$(wc -l <want)" -eq 12 ]
		for w in 1 2 5 12; do
			sv-shard -w $w --remote "file://$PWD/$kind.svm" |
			    rows - | cmp - want
		done
		for w in 1 3 9 20 $(($(wc -c <$kind.svm) + 2)); do
			sv-shard -w $w -d 4 --remote "file://$PWD/$kind.svm" |
			    rows - | cmp - want
		done
	done
	for w in $(seq 1 20); do
		sv-shard -w "$w" -d 4 --remote "file://$PWD/dos.svm" |
		    rows - | cmp - want
	done
}

@test "what the problem says" {
	text unix >data/a.svm
	server python3 "$SV_SRCDIR/tests/hosted.py" data
	url=http://127.0.0.1:$port/plain/a.svm
	sv-shard -w 3 --remote "$url" >p 2>err
	[ ! -s err ]
	sv-cat -f json p | jq -c .text >said
	cat said
	bytes=$(wc -c <data/a.svm)
	[ "$(jq -r .kind said)" = ranges ]
	[ "$(jq -r .url said)" = "$url" ]
	[ "$(jq -c '[.bytes, .n, .d, .nnz, .labels]' said)" = \
	    "[$bytes,12,4,16,[-1,1]]" ]
	jq -e '.etag | test("^\"[0-9a-f]+-[0-9a-f]+\"$")' said
	# Cut before a line: the first that begins in the last third.
	jq -c '.ranges[2]' said |
	    grep -Fx "{\"from\":68,\"to\":$bytes,\"n\":5,\"nnz\":4}"
	tail -c +69 data/a.svm | head -n 1 | grep -Fx -- '-1'
	# With -d nobody has looked.
	sv-shard -v -w 2 -d 9 --f32 --remote "$url" >p 2>err
	sv-cat -f json p | jq -c .text >said
	cat said err
	[ "$(jq -c '[.d, .n, .nnz, .labels, .values]' said)" = \
	    '[9,null,null,null,"f32"]' ]
	[ "$(jq -c .ranges said)" = \
	    "[{\"from\":0,\"to\":$((bytes / 2))},{\"from\":$((bytes / 2)),\"to\":$bytes}]" ]
	grep -q "$bytes bytes in 2 ranges, 9 features; the rows have not been read" err
}

@test "indices from 0, and labels of other names" {
	sed 's/^1/2/; s/^-1/1/' <(text unix) >two.svm
	url=file://$PWD/two.svm
	sv-shard -w 1 -o one <(text unix) | rows - >want
	sv-shard -v -w 3 --remote "$url" 2>err | rows - | cmp - want
	grep -q 'label 2 becomes 1, and 1 becomes -1$' err
	sv-shard -w 3 -d 4 --positive 2 --remote "$url" | rows - | cmp - want
	sv-shard -w 3 --positive 1 --remote "$url" | rows - |
	    sed 's/^-1/x/; s/^+1/-1/; s/^x/+1/' | cmp - want
	awk '{ for (i = 2; i <= NF; i++) { split($i, a, ":")
		$i = a[1] - 1 ":" a[2] } print }' <(text unix) >zero.svm
	url=file://$PWD/zero.svm
	sv-shard -w 3 --zero-based --remote "$url" | rows - | cmp - want
	sv-shard -w 3 -d 4 --zero-based --remote "$url" | rows - | cmp - want
	fails 1 "$url: byte 2: index 0: indices are one-based, unless --zero-based says otherwise" \
	    -w 3 -d 4 --remote "$url"
	fails 1 "$url: no row has the label 7 of --positive" \
	    -w 3 --positive 7 --zero-based --remote "$url"
	# Also where labels are too many to be told.
	seq 20 | sed 's/$/ 1:1/' >many.svm
	fails 1 "file://$PWD/many.svm: no row has the label 21 of --positive" \
	    -w 3 --positive 21 --remote "file://$PWD/many.svm"
	sv-shard -w 3 --positive 20 --remote "file://$PWD/many.svm" | rows - |
	    grep -c '^-1' | grep -Fx 19
	fails 2 "--positive yes: expected a number, as labels of LIBSVM text are" \
	    -w 3 --positive yes --remote "$url"
}

@test "faults, and texts that are none" {
	text unix >a.svm
	here=file://$PWD
	printf '1 1:1\n2 2:2\n3 x\n' >bad.svm
	gzip -k a.svm
	: >empty.svm
	printf '\n#\n' >none.svm
	printf '1\n1\n' >bare.svm
	sv-gen -n 5 -d 3 -p 1 >frames
	for d in "" "-d 4"; do
		# shellcheck disable=SC2086
		fails 1 "$here/bad.svm: byte 14: expected index:value, found 'x'" \
		    -w 2 $d --remote "$here/bad.svm"
		# shellcheck disable=SC2086
		fails 1 "$here/a.svm.gz: packed (gzip), and nobody can unpack a part of it: download it, and cut it with sv-shard -o, or host it unpacked" \
		    -w 2 $d --remote "$here/a.svm.gz"
		# shellcheck disable=SC2086
		fails 1 "$here/empty.svm: it is empty" \
		    -w 2 $d --remote "$here/empty.svm"
		# shellcheck disable=SC2086
		fails 1 "$here/frames: frames, and no LIBSVM text" \
		    -w 2 $d --remote "$here/frames"
		# shellcheck disable=SC2086
		fails 1 "file:///no/where: No such file or directory" \
		    -w 2 $d --remote file:///no/where
	done
	fails 1 "$here/a.svm: byte 6: index 2 is beyond the 1 features expected" \
	    -w 2 -d 1 --remote "$here/a.svm"
	fails 1 "$here/none.svm: no rows" -w 1 --remote "$here/none.svm"
	fails 1 "$here/bare.svm: no features: every row is empty" \
	    -w 1 --remote "$here/bare.svm"
	fails 1 "$here/a.svm: only 12 rows for 13 workers" \
	    -w 13 --remote "$here/a.svm"
	mkfifo pipe
	fails 1 "$here/pipe: not a regular file" -w 2 --remote "$here/pipe"
	fails 2 "--remote a.svm: expected a URL that begins with http://, https://, s3:// or file:///" \
	    -w 2 --remote a.svm
	run sh -c "sv-shard -w 2 --remote '$here/a.svm' 2>&1 >/dev/full"
	[ "$status" -eq 1 ]
	[ "$output" = "sv-shard: cannot write the problem: No space left on device" ]
}

@test "servers that will not do" {
	text unix >data/a.svm
	server python3 "$SV_SRCDIR/tests/hosted.py" data
	at=http://127.0.0.1:$port
	for how in whole chunked; do
		fails 1 "$at/$how/a.svm: the server gives the whole only, and no ranges of bytes, which workers would ask for: download it, and cut it with sv-shard -o" \
		    -w 2 --remote "$at/$how/a.svm"
	done
	fails 1 "$at/plain/b.svm: status 404: no such object" \
	    -w 2 --remote "$at/plain/b.svm"
	run --separate-stderr sv-shard -w 2 \
	    --remote "$at/denied/a.svm?X-Amz-Signature=secret"
	echo "$stderr"
	[ "$status" -eq 1 ]
	[[ $stderr = "sv-shard: $at/denied/a.svm: status 403: AccessDenied"* ]]
	[[ $stderr != *secret* ]]
}

@test "a text that has changed is not taken for the old one" {
	text unix >data/a.svm
	server python3 "$SV_SRCDIR/tests/hosted.py" data
	sv-shard -w 2 --remote "http://127.0.0.1:$port/plain/a.svm" >p
	sv-shard -w 2 --remote "file://$PWD/data/a.svm" >f
	echo '1 1:1' >>data/a.svm
	for i in p f; do
		run --separate-stderr sv-cat -f libsvm $i
		echo "$stderr"
		[ "$status" -eq 1 ]
		[[ $stderr = *a.svm:* ]]
	done
	[[ $stderr = *"not the text expected: it has 106 bytes, and had 100" ]]
}

# solve PROBLEM W: the objective, on standard output.
solve() {
	sv-spawn -q -w "$2" -x sv-worker <"$1" 2>spawned |
	    timeout 60 sv-hub -q -- sv-admm -q --l1 1 -e 1e-7 \
	    --max-rounds 5000 >run.svf
	sv-cat -t model -f json run.svf |
	    jq -e 'select(.text.status == "converged").text.objective'
}

# same F G: they differ by 1e-9 of the first at most.
same() {
	awk -v f="$1" -v g="$2" 'BEGIN { e = f - g
		exit !(e * e <= (1e-9 * f) ^ 2) }'
}

@test "jobs on ranges find what jobs on shards find" {
	sv-gen -n 300 -d 20 -p 0.3 | sv-cat -f libsvm >data/a.svm
	sv-shard -w 3 -o shards data/a.svm >p
	want=$(solve p 3)
	server python3 "$SV_SRCDIR/tests/hosted.py" --fail 0.05 data
	at=http://127.0.0.1:$port
	for url in "$at/plain/a.svm" "$at/faulty/a.svm" "file://$PWD/data/a.svm"
	do
		for d in "" "-d 20"; do
			# shellcheck disable=SC2086
			sv-shard -w 3 $d --remote "$url" >p
			got=$(solve p 3)
			echo "$url: $want $got"
			same "$want" "$got"
		done
	done
	# More workers than lines in some places.
	text unix >data/b.svm
	sv-shard -w 1 -o one data/b.svm >p
	want=$(solve p 1)
	for w in 1 2 5 20; do
		sv-shard -w $w -d 4 --remote "$at/plain/b.svm" >p
		got=$(solve p $w)
		echo "$w: $want $got"
		same "$want" "$got"
	done
}

@test "a text in a bucket" {
	s3server s3 bucket
	sv-gen -n 300 -d 20 -p 0.3 | sv-cat -f libsvm >a.svm
	uploader s3://bucket/some a.svm >said
	cat said
	sv-shard -w 3 --remote s3://bucket/some/a.svm >p
	sv-cat -f json p | jq -c .text.s3 |
	    grep -Fx "{\"endpoint\":\"http://127.0.0.1:$port\",\"region\":\"eu-west-1\"}"
	# The problem says where it is.
	unset AWS_ENDPOINT_URL_S3 AWS_REGION
	sv-shard -w 3 -o shards a.svm >q
	rows p | cmp - a.svm
	same "$(solve q 3)" "$(solve p 3)"
}
