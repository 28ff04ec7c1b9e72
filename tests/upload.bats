# Files to web servers and to S3: what arrives, what comes of faults, and that
# nothing is left behind.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
	PATH=$SV_BUILDDIR/tests:$PATH
	load npm
	load servers
	mkdir kept files
	export TMPDIR=$PWD
	export AWS_SHARED_CREDENTIALS_FILE=$PWD/none AWS_CONFIG_FILE=$PWD/none
	unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_REGION
	unset AWS_ENDPOINT_URL AWS_ENDPOINT_URL_S3 AWS_PROFILE AWS_SESSION_TOKEN
}

teardown() {
	servers_stop
}

# putserver OPTION...: one that keeps everything in kept/, at $at.
putserver() {
	server python3 "$SV_SRCDIR/tests/putserver.py" --log log "$@" kept
	at=http://127.0.0.1:$port
}

# s3: the same as S3.
s3() {
	putserver
	export AWS_ENDPOINT_URL_S3=$at/s3 AWS_REGION=eu-west-1
	export AWS_ACCESS_KEY_ID=key AWS_SECRET_ACCESS_KEY=secret
}

# files: one that is empty, one that is small, and one of some MB.
files() {
	: >files/none
	echo small >files/small
	head -c 3000000 /dev/urandom >files/large
}

# arrived [PREFIX]: all files are there, as they were, and nothing else.
arrived() {
	local f
	for f in files/*; do
		cmp "$f" "kept/$1${f#files/}" || return 1
	done
	[ "$(find kept -type f | wc -l)" -eq "$(find files -type f | wc -l)" ]
}

# fails MESSAGE ARGUMENT...: uploader does, and nothing is left.
fails() {
	local want=$1
	shift
	run --separate-stderr uploader "$@"
	echo "uploader $*: $status: $stderr"
	[ "$status" -eq 1 ]
	[ "${stderr_lines[0]}" = "$want" ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[ -z "$(find kept -type f)" ]
}

@test "files go to a web server" {
	putserver
	files
	for slash in "" /; do
		uploader "$at/good$slash" files/* >said
		cat said
		[ "$(cat said)" = "$at/good/name - 3000006 bytes, again 0" ]
		arrived
		rm kept/*
	done
	# Each is looked at afterwards.
	grep -c '^HEAD /good/' log | grep -Fx 6
	# Whoever may not look is content.
	uploader "$at/blind/dir" files/* >said
	arrived dir_
}

@test "files go over https to whom the certificates say" {
	load hosted
	certificate web
	putserver --cert web.pem
	at=https://127.0.0.1:$port
	echo small >files/small
	SV_CA_BUNDLE=web-ca.pem uploader "$at/good/" files/small
	arrived
	rm kept/*
	# Nothing is sent to anybody else.
	run --separate-stderr uploader "$at/good/" files/small
	echo "$stderr"
	[ "$status" -eq 1 ]
	[[ $stderr = "$at/good/small: "*"(SV_CA_BUNDLE=FILE names the certificates that are trusted)" ]]
	[ -z "$(find kept -type f)" ]
}

@test "faults that pass, on the way to a web server" {
	putserver
	files
	for i in 1 2 3 4 5; do
		echo "$i" >"files/$i"
	done
	uploader "$at/third/" files/* >said
	cat said
	arrived
	run ! grep -q 'again 0$' said
}

@test "faults that do not pass, on the way to a web server" {
	putserver
	echo small >files/small
	fails "$at/denied/small: status 403: it does not allow that" \
	    "$at/denied" files/small
	fails "$at/short/small: 6 bytes were sent, and 3 are there" \
	    "$at/short" files/small
	fails "$at/gone/small: status 404: no such object" \
	    "$at/gone" files/small
	fails "$at/broken/small: status 500: it has failed (3 times)" \
	    -n 3 "$at/broken" files/small
	fails "$at/silent/small: Operation too slow. Less than 1 bytes/sec transferred the last 1 seconds" \
	    -n 1 -t 1 "$at/silent" files/small
	fails "files/nosuch: No such file or directory" \
	    "$at/good" files/small files/nosuch
	for url in "http://" "https://" "ftp://host/a" a; do
		fails "$url: expected s3://BUCKET/PREFIX, or an http or https URL without user and query" \
		    "$url" files/small
	done
	# Neither is to be seen.
	for url in "http://host/a?b=secret" "http://me:secret@host/a"; do
		fails "http://host/a: expected s3://BUCKET/PREFIX, or an http or https URL without user and query" \
		    "$url" files/small
	done
	kill "${servers[0]}"
	wait "${servers[0]}" || true
	run --separate-stderr uploader -n 2 "$at/good" files/small
	[ "$status" -eq 1 ]
	[[ $stderr = "$at/good/small: Failed to connect to"*" (2 times)" ]]
}

@test "what has been uploaded is deleted if the rest fails" {
	putserver
	files
	uploader -u "$at/good" files/* >said
	[ -z "$(find kept -type f)" ]
	# Stopped in the middle.
	fails "Operation canceled" -s 1000000 "$at/good" files/*
	grep -q '^DELETE /good/' log
	# Whoever may not delete says so.
	run --separate-stderr uploader -u "$at/blind" files/small
	echo "$stderr"
	[ "$stderr" = \
	    "left: $at/blind/small: status 405: it does not allow such requests" ]
}

@test "files go to S3, whole or in parts" {
	s3
	files
	uploader s3://good files/* >said
	cat said
	[ "$(cat said)" = "s3://good/name {\"endpoint\":\"$at/s3\",\"region\":\"eu-west-1\"} 3000006 bytes, again 0" ]
	arrived
	run ! grep -q 'upload' log
	rm kept/*
	uploader -w 1000000 -p 700000 s3://good/a/b files/* >said
	arrived a_b_
	grep -c 'partNumber=[1-5]&uploadId=a%2Fb%2B0$' log | grep -Fx 5
	rm kept/*
	uploader -w 2 -p 3 s3://good/a/b/ files/small >said
	cmp files/small kept/a_b_small
}

@test "faults that pass, on the way to S3" {
	s3
	files
	uploader -w 1000000 -p 400000 s3://third/ files/* >said
	cat said
	arrived
	run ! grep -q 'again 0$' said
	rm kept/*
	# Of the answer that an upload has ended there are many.
	uploader -w 1000000 -p 1000000 s3://late/ files/* >said
	cat said
	arrived
	grep -q 'again 2$' said
}

@test "faults that do not pass, on the way to S3" {
	s3
	files
	fails "s3://nosuch/small: status 404: NoSuchBucket: Not <so>" \
	    s3://nosuch files/small
	fails "s3://nosuch/large: status 404: NoSuchBucket: Not <so>" \
	    -w 1 s3://nosuch files/large
	AWS_ACCESS_KEY_ID=other fails "s3://good/small: status 403: InvalidAccessKeyId: Not <so>" \
	    s3://good files/small
	AWS_SECRET_ACCESS_KEY=other fails "s3://good/small: status 403: SignatureDoesNotMatch: Not <so>" \
	    s3://good files/small
	AWS_REGION=us-west-2 fails "s3://good/small: status 403: AccessDenied: Not <so>" \
	    s3://good files/small
	fails "s3://broken/small: status 500: it has failed (2 times)" \
	    -n 2 s3://broken files/small
	# Not only is nothing there, what was there in parts is given up.
	: >log
	fails "Operation canceled" -s 2000000 -w 1000000 -p 500000 s3://good \
	    files/*
	grep -q '^PUT .*partNumber=' log
	grep -q '^DELETE /s3/good/large?uploadId=a%2Fb%2B0$' log
	unset AWS_ACCESS_KEY_ID
	fails "the environment has AWS_SECRET_ACCESS_KEY, but no AWS_ACCESS_KEY_ID" \
	    s3://good files/small
}

@test "s3rver takes them, too" {
	s3server s3 bucket
	head -c 12000000 /dev/urandom >files/large
	echo small >files/small
	uploader -w 6000000 -p 5242880 s3://bucket/a/ files/* >said
	cat said
	cmp s3/bucket/a/large._S3rver_object files/large
	cmp s3/bucket/a/small._S3rver_object files/small
	fails "s3://nosuch/small: status 404: NoSuchBucket: The specified bucket does not exist" \
	    s3://nosuch files/small
}

# solve PROBLEM: the objective of a job with 3 workers.
solve() {
	sv-spawn -q -w 3 -x sv-worker <"$1" 2>spawned |
	    timeout 60 sv-hub -q -- sv-admm -q --l1 1 -e 1e-7 \
	    --max-rounds 5000 >run.svf
	sv-cat -t model -f json run.svf |
	    jq -e 'select(.text.status == "converged").text.objective'
}

@test "shards go to a bucket, and workers fetch them from there" {
	s3server s3 bucket
	sv-gen -n 300 -d 20 -p 0.3 | sv-cat -f libsvm >text
	sv-shard -w 3 -o shards --holdout 0.1 text >here
	sv-shard -w 3 -o s3://bucket/some/job --holdout 0.1 text >there 2>err
	[ ! -s err ]
	sv-cat -f json there | jq -c .text >said
	cat said
	for i in 0 1 2; do
		cmp shards/shard-0000$i.svs \
		    s3/bucket/some/job/shard-0000$i.svs._S3rver_object
		[ "$(jq -r ".shards[$i].url" said)" = \
		    "s3://bucket/some/job/shard-0000$i.svs" ]
	done
	cmp shards/holdout.svm s3/bucket/some/job/holdout.svm._S3rver_object
	[ "$(jq -r .holdout.url said)" = s3://bucket/some/job/holdout.svm ]
	[ "$(jq -c .s3 said)" = \
	    "{\"endpoint\":\"http://127.0.0.1:$port\",\"region\":\"eu-west-1\"}" ]
	# Nothing is left of the temporary directory.
	[ -z "$(find . -name '*.svs' ! -path './shards/*')" ]
	unset AWS_ENDPOINT_URL_S3 AWS_REGION
	want=$(solve here)
	got=$(solve there)
	echo "$want $got"
	[ "$want" = "$got" ]
}

@test "shards go to a web server, and workers fetch them from there" {
	putserver
	sv-gen -n 300 -d 20 -p 0.3 >gen
	sv-shard -w 3 -o shards gen >here
	sv-shard -w 3 -o "$at/third/job" gen >there
	want=$(solve here)
	got=$(solve there)
	echo "$want $got"
	[ "$want" = "$got" ]
}

@test "sv-shard uploads all or nothing" {
	putserver
	sv-gen -n 300 -d 20 -p 0.3 >gen
	# The problem cannot be written.
	run sh -c "sv-shard -w 3 -o '$at/good/' gen 2>&1 >/dev/full"
	echo "$output"
	[ "$status" -eq 1 ]
	[ "$output" = "sv-shard: cannot write the problem: No space left on device" ]
	[ -z "$(find kept -type f)" ]
	# A server that does not want them.
	run --separate-stderr sv-shard -w 3 -o "$at/denied/" gen
	echo "$stderr"
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[[ ${stderr_lines[0]} = "sv-shard: $at/denied/shard-0000"?".svs: status 403: it does not allow that" ]]
	[ -z "$(find kept . -name '*.svs*')" ]
	# Nobody could take them.
	run --separate-stderr sv-shard -w 3 -o s3://bucket/a gen
	echo "$stderr"
	[ "$status" -eq 1 ]
	[[ $stderr = "sv-shard: -o: which AWS region?"* ]]
}

@test "a signal stops uploads, and leaves nothing" {
	putserver
	sv-gen -n 300 -d 20 -p 0.3 >gen
	# A job in the background of a script ignores SIGINT.
	env --default-signal=INT sv-shard -w 3 -o "$at/silent/" gen >p &
	pid=$!
	for _ in $(seq 200); do
		! grep -qs PUT log || break
		sleep 0.05
	done
	grep -q PUT log
	kill -INT $pid
	status=0
	wait $pid || status=$?
	[ "$status" -eq 130 ]
	[ ! -s p ]
	[ -z "$(find kept . -name '*.svs*')" ]
}
