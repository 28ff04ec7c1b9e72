# Data on web servers: what is fetched, what is done when a server fails or lies,
# and jobs whose workers fetch their shards.

bats_require_minimum_version 1.5.0

setup_file() {
	load hosted.bash
	export TMPDIR=$BATS_FILE_TMPDIR
	cd "$BATS_FILE_TMPDIR"
	PATH=$SV_BUILDDIR/tools:$SV_BUILDDIR/tests:$PATH
	mkdir d
	# Words that are the same each time, and take no while to make.
	openssl enc -aes-128-ctr -K 00 -iv 00 -in /dev/zero 2>ssl.out |
	    head -c 20000000 >d/large
	head -c 7000 d/large >d/small
	: >d/empty
	cp d/small "d/a b+%c~"
	sv-gen -n 6000 -d 300 -p 0.1 -s 5 | sv-shard -q -w 3 -o shards - >local.svf
	cp shards/* d/
	certificate server
	certificate other
	serve web /usr/bin/python3 "$SV_SRCDIR/tests/hosted.py" --fail 0.05 \
	    --seed 7 --log "$BATS_FILE_TMPDIR/web.log" d
	serve tls /usr/bin/python3 "$SV_SRCDIR/tests/hosted.py" --cert server.pem d
}

teardown_file() {
	load hosted.bash
	serve_end
}

setup() {
	load hosted.bash
	load jobs.bash
	load functions.bash
	load npm.bash
	jobs_setup
	top=$BATS_FILE_TMPDIR
	web=http://127.0.0.1:$(port web)
	tls=https://127.0.0.1:$(port tls)
	ln -s "$top/d" d
	unset SV_CA_BUNDLE AWS_CA_BUNDLE CURL_CA_BUNDLE AWS_PROFILE \
	    AWS_ENDPOINT_URL AWS_ENDPOINT_URL_S3 AWS_SESSION_TOKEN
	export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
	export AWS_ACCESS_KEY_ID=key AWS_SECRET_ACCESS_KEY=secret
	export AWS_REGION=eu-north-1 AWS_EC2_METADATA_DISABLED=true
	export SV_FETCH_STALL=1 no_proxy=127.0.0.1
}

teardown() {
	jobs_teardown
}

# gets FILE URL [FROM TO [ETAG]]: the very bytes of FILE; what it says in err.
gets() {
	local file=$1
	shift
	fetcher "$@" >got 2>err || {
		echo "$*: $(cat err)"
		return 1
	}
	cmp "$file" got
}

# misses ERROR RE URL [FROM TO [ETAG]]: that error, in words like RE.
misses() {
	local error=$1 re=$2
	shift 2
	! fetcher "$@" >got 2>err || return 1
	head -n 1 err | grep -Eq "^$error: .*$re" || {
		echo "$*: $(cat err)"
		return 1
	}
}

# run_on PROBLEM RUN [HUB-OPTION...]: a small job, with a worker for each shard.
run_on() {
	gen="cat $1" out=$2
	shift 2
	limit=60 job 3 sv-worker "$@" -- sv-admm -q
}

# local_run: the run with the shards on this disk, $top/local-run.svf.
local_run() {
	[ ! -f "$top/local-run.svf" ] || return 0
	run_on "$top/local.svf" "$top/local-run.tmp"
	[ "$status" -eq 0 ]
	mv "$top/local-run.tmp" "$top/local-run.svf"
}

# same_as_local PROBLEM: its job sends the same, bit for bit.
same_as_local() {
	local_run
	run_on "$1" run.svf
	[ "$status" -eq 0 ]
	same_globals "$top/local-run.svf" run.svf
	sv-stats run.svf >stats.out
}

@test "bytes come as they are: with ranges, without, without a length" {
	for how in plain whole chunked small weak to/plain; do
		for f in small empty; do
			gets d/$f "$web/$how/$f"
		done
	done
	gets d/large "$web/plain/large"
	grep -q '^size 20000000, ranges 1, tag ".*", again 0$' err
	gets d/large "$web/whole/large"
	grep -q '^size 20000000, ranges 0, tag ".*", again 0$' err
	gets d/large "$web/chunked/large"
	grep -q '^size unknown, ranges 0,' err
	gets d/large "$web/small/large"
	gets d/large "$web/weak/large"
	grep -q 'tag -,' err
	# Each range once, with the tag of the first answer.
	[ "$(grep -c '^plain .* /plain/large$' "$top/web.log")" -eq 10 ]
	[ "$(grep -c '^plain bytes=[0-9-]* ".*" /plain/large$' \
	    "$top/web.log")" -eq 9 ]
}

@test "some of the bytes" {
	tail -c +101 d/small >tail
	head -c 50 tail >part
	for how in plain whole chunked; do
		gets part "$web/$how/small" 100 150
		gets tail "$web/$how/small" 100 99999999
		gets d/empty "$web/$how/small" 7000 8000
		misses EIO 'has 7000 bytes, and those from 7001 on are wanted' \
		    "$web/$how/small" 7001 8000
		misses EIO 'has 0 bytes' "$web/$how/empty" 1 2
	done
	gets d/empty "$web/plain/small" 5 5
	head -c 9000000 d/large | tail -c +3000001 >part
	gets part "$web/plain/large" 3000000 9000000
}

@test "what fails, is cut off or stalls is asked for again" {
	export SV_FETCH_STALL=0.3
	for i in 1 2 3 4 5 6; do
		gets d/large "$web/faulty/large"
		sed 's/.*again //' err >>again
	done
	gets d/large "$web/rough/large"
	gets d/large "$web/rough/large"
	cat again
	[ "$(grep -c '^fault:' "$top/web.log")" -gt 0 ]
	[ "$(awk '{ n += $1 } END { print n }' again)" -gt 0 ]
	# A server may say when.
	gets d/small "$web/status/503/small"
	grep -q 'again 1$' err
	gets d/small "$web/status/429/small"
	grep -q 'again 1$' err
}

@test "a server that lies, or never answers, is given up, by this worker" {
	export SV_FETCH_STALL=0.2
	# Another one may be luckier.
	rehost "$web/busy/9/" <"$top/local.svf" >p.svf
	mkdir job
	(cd job && gen="cat ../p.svf" limit=60 job 3 sv-worker -- sv-admm -q \
	    >job.out; echo "$status" >job.status) 3>&- &
	p0=$!
	(misses ETIMEDOUT 'bytes remaining.* .8 times' "$web/short/small" >1) 3>&- &
	p1=$!
	mkdir b c e f g
	(cd b && misses ETIMEDOUT 'other bytes than were asked for .8 times' \
	    "$web/shifted/small" >../2) 3>&- &
	p2=$!
	(cd c && misses ETIMEDOUT 'other bytes than were asked for' \
	    "$web/long/large" >../3) 3>&- &
	p3=$!
	(cd e && misses ETIMEDOUT 'nothing came for 0.2 s' \
	    "$web/silent/small" >../4) 3>&- &
	p4=$!
	(cd f && misses ETIMEDOUT 'next to nothing' "$web/drip/small" >../5) 3>&- &
	p5=$!
	(cd g && misses ETIMEDOUT 'connect' "http://127.0.0.1:1/x" >../6) 3>&- &
	p6=$!
	for p in $p1 $p2 $p3 $p4 $p5 $p6; do
		wait "$p" || {
			cat 1 2 3 4 5 6
			false
		}
	done
	wait $p0
	cat job/job.out
	[ "$(cat job/job.status)" -eq 0 ]
	[ "$(events lost job/out.svf)" -eq 3 ]
	[ "$(grep -c 'worker lost, .*status 503.*8 times); starting' \
	    job/hub.err)" -eq 3 ]
	# A size that is too large is found out at its end.
	misses EIO 'status 416' "$web/huge/small"
	cmp d/small got
}

@test "what cannot pass is said at once, in words" {
	misses EIO '127.0.0.1:[0-9]*/plain/none: status 404: no such object$' \
	    "$web/plain/none"
	misses EIO 'status 403: it does not allow that$' "$web/status/403/x"
	misses EIO 'status 403: AccessDenied: Access Denied & logged$' \
	    "$web/denied/x"
	misses EIO 'redirects' "$web/around/x"
	misses EIO 'status 203: ' "$web/status/203/x"
	misses EIO 'status 204: ' "$web/status/204/x"
	misses EIO 'status 404' "$web/to/to/to/plain/none"
	misses EIO 'expected a URL that begins with' "ftp://127.0.0.1/x"
	misses EIO 'what is not printable ASCII' "$web/plain/a b"
	misses EIO 'entity tag' "$web/plain/small" 0 10 "$(printf '"a"\r\nX: b')"
	# Never what is secret in a URL.
	misses EIO 'http://127.0.0.1:[0-9]*/status/403/x: status 403' \
	    "http://me:secret1@${web#http://}/status/403/x?X-Amz-Signature=secret2"
	not grep -q secret err
	SV_FETCH_STALL=never misses EIO SV_FETCH_STALL "$web/plain/small"
	SV_CA_BUNDLE=/nowhere misses EIO 'SV_CA_BUNDLE: /nowhere: No such' \
	    "$tls/plain/small"
}

@test "a presigned URL that has expired is called that, with its time" {
	q="X-Amz-Date=20200131T235930Z&X-Amz-Expires=60&X-Amz-Signature=secret"
	misses EIO 'expired/x: the presigned URL has expired, at 2020-02-01 00:00:30 UTC' \
	    "$web/expired/x?$q"
	not grep -q secret err
	# The older kind.
	misses EIO 'has expired, at 2001-09-09 01:46:40 UTC' \
	    "$web/denied/x?AWSAccessKeyId=a&Signature=secret&Expires=1000000000"
	# It is good for long: then the server has another reason.
	misses EIO 'AccessDenied: Access Denied' \
	    "$web/denied/x?AWSAccessKeyId=a&Signature=secret&Expires=99999999999"
	REHOST_QUERY="?$q" rehost "$web/expired/" <"$top/local.svf" >p.svf
	run_on p.svf run.svf
	[ "$status" -eq 1 ]
	grep -q '/expired/shard-0000[0-2].svs: the presigned URL has expired' hub.err
	ends 1 'has expired, at 2020' run.svf
	not grep -q secret hub.err spawn.err
	# (A run that failed makes it fail, too.)
	sv-cat -t event,end,spawn run.svf >told || true
	grep -q expired told
	not grep -q secret told
	[ "$(events lost run.svf)" -eq 0 ]
	nothing_left
}

@test "another object under the same name is an error" {
	misses ESTALE 'another object than before: its entity tag is not' \
	    "$web/changing/large"
	misses ESTALE 'another object' "$web/plain/small" 0 10 '"5f1a"'
	fetcher "$web/plain/small" 0 10 2>err >got
	tag=$(sed 's/.*tag \("[^"]*"\).*/\1/' err)
	gets <(head -c 10 d/small) "$web/plain/small" 0 10 "$tag"
}

@test "signed: what S3 would take" {
	export AWS_ENDPOINT_URL_S3=$web/signed
	gets d/small "s3://bucket/a b+%c~"
	gets d/large s3://bucket/large
	AWS_SESSION_TOKEN=a/b+c= gets d/small s3://bucket/small
	AWS_SECRET_ACCESS_KEY=wrong misses EIO \
	    's3://bucket/small: status 403: SignatureDoesNotMatch: The sig' \
	    s3://bucket/small
	AWS_ACCESS_KEY_ID= misses EIO 'AWS_ACCESS_KEY_ID' s3://bucket/small
	misses EIO 'no name of a bucket' 's3:///small'
	AWS_ENDPOINT_URL_S3=gopher://x misses EIO \
	    'AWS_ENDPOINT_URL_S3: expected an endpoint' s3://bucket/small
	# Whoever is asked to go elsewhere would give a token away.
	AWS_ENDPOINT_URL_S3=$web/to misses EIO 'status 302' s3://bucket/small
}

@test "jobs fetch from a web server, at any time something fails" {
	rehost "$web/plain/" <"$top/local.svf" >p.svf
	cmp <(sv-cat -f libsvm "$top/local.svf") <(sv-cat -f libsvm p.svf)
	same_as_local p.svf
	rehost "$web/whole/" <"$top/local.svf" >p.svf
	same_as_local p.svf
	# Some 70 requests each, of which one in twenty comes to nothing.
	export SV_FETCH_STALL=0.3
	rehost "$web/rugged/" <"$top/local.svf" >p.svf
	same_as_local p.svf
	same_as_local p.svf
	[ "$(grep -c '^fault:.* /rugged/shard' "$top/web.log")" -gt 0 ]
	[ "$(events lost run.svf)" -eq 0 ]
}

@test "TLS: an authority of one's own, and nobody else's" {
	rehost "$tls/plain/" <"$top/local.svf" >p.svf
	run_on p.svf run.svf
	[ "$status" -eq 1 ]
	grep -Eq 'shard-0000.*certificate.*SV_CA_BUNDLE' hub.err
	[ "$(events lost run.svf)" -eq 0 ]
	SV_CA_BUNDLE=$top/other-ca.pem misses EIO 'certificate' \
	    "$tls/plain/small"
	export SV_CA_BUNDLE=$top/server-ca.pem
	same_as_local p.svf
	gets d/large "$tls/plain/large"
	# The name must be right, too.
	misses EIO 'x.localhost' "https://x.localhost:${tls##*:}/plain/small"
}

@test "s3rver: jobs fetch from buckets, and by presigned URLs" {
	npm_packages s3rver@3.7.1
	serve s3 node "$SV_SRCDIR/tests/s3rver.js" "$BATS_TEST_TMPDIR/s3" data
	export AWS_ACCESS_KEY_ID=S3RVER AWS_SECRET_ACCESS_KEY=S3RVER
	url=http://127.0.0.1:$(port s3)
	cat >aws.conf <<-END
	[default]
	s3 =
	    signature_version = s3v4
	    addressing_style = path
	END
	export AWS_CONFIG_FILE=$PWD/aws.conf
	aws --endpoint-url "$url" s3 cp --only-show-errors --recursive \
	    "$top/shards" s3://data/some/where/
	# Where it is: as the problem says, or as the environment does.
	rehost s3://data/some/where/ \
	    "{\"s3\":{\"endpoint\":\"$url\",\"region\":\"eu-west-1\"}}" \
	    <"$top/local.svf" >p.svf
	same_as_local p.svf
	rehost s3://data/some/where/ <"$top/local.svf" >q.svf
	AWS_ENDPOINT_URL_S3=$url same_as_local q.svf
	AWS_ENDPOINT_URL_S3=$url misses EIO 'status 404: NoSuchKey' s3://data/no
	AWS_ENDPOINT_URL_S3=$url misses EIO 'NoSuchBucket' s3://other/no
	AWS_ACCESS_KEY_ID=stranger run_on p.svf run.svf
	[ "$status" -eq 1 ]
	grep -q 'shard-0000..svs: status 403: InvalidAccessKeyId' hub.err
	aws --endpoint-url "$url" s3 presign --expires-in 600 \
	    s3://data/some/where/shard-00000.svs >presigned
	grep -q X-Amz-Signature presigned
	gets "$top/shards/shard-00000.svs" "$(cat presigned)"
	sed 's/Expires=600/Expires=1/;s/Date=20../Date=2019/' presigned >old
	misses EIO 'expired, at 2019' "$(cat old)"
}

@test "a shard that arrives damaged is loaded again, and then given up" {
	mkdir -p "$top/d/bad" "$top/d/other"
	cp shards/* "$top/d/bad/" 2>/dev/null || cp "$top"/shards/* "$top/d/bad/"
	printf x | dd of="$top/d/bad/shard-00001.svs" bs=1 seek=5000 conv=notrunc \
	    2>dd.out
	rehost "$web/plain/bad/" <"$top/local.svf" >p.svf
	run_on p.svf run.svf
	[ "$status" -eq 1 ]
	[ "$(grep -c 'bad/shard-00001.svs: .*; loading it again$' spawn.err)" -eq 2 ]
	grep -q 'shard 1: .*bad/shard-00001.svs: .*checksum.*(3 loads)$' hub.err
	[ "$(events lost run.svf)" -eq 0 ]
	# Another cut under the same names.
	sv-gen -n 6000 -d 300 -p 0.1 -s 6 |
	    sv-shard -q -w 3 -o "$top/d/other" - >other.svf
	rehost "$web/plain/other/" <"$top/local.svf" >p.svf
	run_on p.svf run.svf
	[ "$status" -eq 1 ]
	grep -q 'other/shard-0000.*: not the file expected: it is of another cut$' \
	    hub.err
	# Whatever a server says of a file that is not there.
	rehost "$web/plain/none/" <"$top/local.svf" >p.svf
	run_on p.svf run.svf
	[ "$status" -eq 1 ]
	grep -q 'none/shard-0000..svs: status 404: no such object$' hub.err
	[ "$(events lost run.svf)" -eq 0 ]
}

@test "who loads can be stopped" {
	export SV_FETCH_STALL=600
	rehost "$web/silent/" <"$top/local.svf" >p.svf
	gen="cat p.svf"
	start_job 3 sv-worker -- sv-admm -q
	within 10 eval '[ "$(grep -c "/silent/shard" "$top/web.log")" -ge 3 ]'
	kill -TERM $(pids_of worker | head -n 1)
	within 10 grep -q 'worker lost' hub.err
	kill -TERM "$(pids_of hub)"
	nothing_left 8
	finish
	[ "$status" -eq 1 ]
}

@test "functions fetch from https and s3, with the package's certificates" {
	program=$SV_BUILDDIR/lambda-layer/static/bootstrap
	[ -z "$SV_SANITIZED" ] && [ -f "$program" ] ||
	    program=$SV_BUILDDIR/tools/bootstrap
	sv-pack --glibc 99.0 --ca "$top/server-ca.pem" -o f.zip "$program" >table
	grep -q ' ca-bundle.crt$' table
	sv-pack --glibc 99.0 --no-ca -o none.zip "$program" >table
	not grep -q ca-bundle table
	# (mbedTLS knows no addresses in certificates.)
	rehost "https://localhost:${tls##*:}/plain/" <"$top/local.svf" >p.svf
	rehost s3://bucket/ "{\"s3\":{\"endpoint\":\"$web/signed\"}}" \
	    <"$top/local.svf" >q.svf
	limit=100
	cloud '
	run() { sv-spawn -w 3 -l $1 <$2.svf | sv-hub -o $2-run.svf -- sv-admm -q; }
	run sv p >/dev/null && run sv q >/dev/null && ! run none p >/dev/null' \
	    -F "sv=$PWD/f.zip,memory=512,timeout=60" \
	    -F "none=$PWD/none.zip,memory=512,timeout=60"
	[ "$status" -eq 0 ]
	local_run
	same_globals "$top/local-run.svf" q-run.svf
	sv-cat -t end p-run.svf | grep -qi 'certificate'
	nothing_left
}
