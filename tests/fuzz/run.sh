#!/bin/sh
# run.sh [SECONDS [NAME ...]]: builds the fuzzers of this directory and runs each
# (or those named) for so many seconds.  Called by make fuzz SECONDS=300, with
# the tools in PATH and SV_SRCDIR, SV_BUILDDIR in the environment.  Prints a line
# each, and fails if one found something.  All is kept in tests/fuzz-out of the
# build directory: what was found, and the corpus from which the next call goes
# on.

set -u
seconds=${1:-60}
[ $# -eq 0 ] || shift
: "${SV_SRCDIR:?call make fuzz}" "${SV_BUILDDIR:?call make fuzz}"
here=$SV_SRCDIR/tests/fuzz
out=$SV_BUILDDIR/tests/fuzz-out
sanitize=address,undefined
flags="-g -O1 -std=c11 -D_POSIX_C_SOURCE=200809L -ffp-contract=off
    -fno-omit-frame-pointer -fno-sanitize-recover=undefined
    -I$SV_BUILDDIR -I$SV_BUILDDIR/lib -I$SV_SRCDIR/lib"
libs="$(pkg-config --libs jansson libxxhash libzstd libsodium libzmq libelf libcurl \
    libarchive zlib)
    -lcsv -lm -lpthread"
all='frame problem invocation event task libsvm number shardfile run gather'
all="$all agent cat image package api sigv4 answer weights price reportlog state hub"
all="$all resume csvtext schema text unpack liblinear model web"

die() {
	echo "run.sh: $*" >&2
	exit 1
}

# need: is there a compiler that can do this?
need() {
	command -v clang >/dev/null ||
	    die "clang is not installed: apt-get install clang"
	echo 'int LLVMFuzzerTestOneInput(void); int
	    LLVMFuzzerTestOneInput(void) { return (0); }' >"$out/try.c"
	clang -fsanitize=fuzzer,$sanitize "$out/try.c" -o "$out/try" \
	    2>"$out/try.log" || {
		cat "$out/try.log" >&2
		v=$(clang -dumpversion)
		die "clang has no libFuzzer: apt-get install" \
		    "libclang-rt-${v%%.*}-dev"
	}
	for tool in sv-gen sv-shard sv-spawn sv-hub sv-admm sv-worker sv-cat; do
		command -v $tool >/dev/null || die "$tool is not in PATH"
	done
}

# compile DIR [-IDIR ...] FILE ...: objects in DIR, unless they are there.
compile() {
	dir=$1
	shift
	[ ! -f "$dir/done" ] || return 0
	mkdir -p "$dir"
	include=
	while [ "${1#-I}" != "$1" ]; do
		include="$include $1"
		shift
	done
	# shellcheck disable=SC2086
	(cd "$dir" && printf '%s\n' "$@" | xargs -P "$(nproc)" -n 8 clang \
	    $flags -fsanitize=fuzzer-no-link,$sanitize $include \
	    -I"$SV_SRCDIR/tools/cat" -I"$SV_SRCDIR/tools/pack" \
	    -I"$SV_SRCDIR/tools/stats" -I"$SV_SRCDIR/tools/lambda" \
	    -I"$SV_SRCDIR/tools/spawn" -I"$SV_SRCDIR/tools/shard" \
	    -I"$SV_SRCDIR/tools/master" -c) || die "cannot compile"
	touch "$dir/done"
}

# link NAME OBJECT ...: one fuzzer.
link() {
	name=$1
	shift
	compile "$out/obj/$name" "$here/$name.c"
	# shellcheck disable=SC2086
	clang -g -fsanitize=fuzzer,$sanitize -o "$out/$name" \
	    "$out/obj/$name/$name.o" "$@" "$out/obj/fuzz/fuzz.o" \
	    "$out"/obj/lib/*.o $libs || die "cannot link $name"
}

# build_hub: the whole program; its peers are tests/intruder.c.
build_hub() {
	compile "$out/obj/tool-hub" -I"$SV_SRCDIR/tools/hub" "$tools"/hub/*.c
	# shellcheck disable=SC2086
	clang -g -fsanitize=fuzzer-no-link,$sanitize -o "$out/hub" \
	    "$out"/obj/tool-hub/*.o "$out"/obj/lib/*.o $libs ||
	    die "cannot link hub"
	make -s -C "$SV_BUILDDIR/tests" intruder >&2 || die "no intruder"
}

build() {
	tools=$SV_SRCDIR/tools
	reseal=$out/obj/fuzz/reseal.o
	rejson=$out/obj/fuzz/rejson.o
	rm -rf "$out/obj"
	compile "$out/obj/lib" "$SV_SRCDIR"/lib/*.c
	# There are two of it; no fuzzer loads a library.
	rm -f "$out/obj/lib/isa-openblas.o"
	compile "$out/obj/fuzz" "$here/fuzz.c" "$here/reseal.c" \
	    "$here/rejson.c"
	for one in "$@"; do
		case $one in
		frame | shardfile | gather | agent | state | model) link "$one" "$reseal" ;;
		resume)
			compile "$out/obj/tool-master" "$tools"/master/*.c
			link resume "$reseal" "$out"/obj/tool-master/*.o ;;
		weights)
			compile "$out/obj/tool-shard" "$tools/shard/weights.c"
			link weights "$out/obj/tool-shard/weights.o" ;;
		answer)
			compile "$out/obj/tool-spawn" "$tools/spawn/answer.c"
			link answer "$out"/obj/tool-spawn/*.o ;;
		image)
			compile "$out/obj/tool-pack" "$tools/pack/image.c"
			link image "$out/obj/tool-pack/image.o" ;;
		cat)
			compile "$out/obj/tool-cat" "$tools/cat/lines.c" \
			    "$tools/cat/rows.c" "$tools/cat/model.c"
			link cat "$reseal" "$out"/obj/tool-cat/*.o ;;
		run)
			compile "$out/obj/tool-stats" "$tools"/stats/*.c
			rm -f "$out/obj/tool-stats/main.o"
			link run "$reseal" "$out"/obj/tool-stats/*.o ;;
		package | api)
			compile "$out/obj/tool-lambda" \
			    "$tools/lambda/package.c" "$tools/lambda/tree.c"
			compile "$out/obj/tool-api" "$tools"/lambda/api*.c \
			    "$tools/lambda/function.c" \
			    "$tools/lambda/settings.c"
			link "$one" "$out"/obj/tool-lambda/*.o \
			    "$out"/obj/tool-api/*.o ;;
		problem | invocation | task | schema) link "$one" "$rejson" ;;
		hub) build_hub ;;
		*) link "$one" ;;
		esac
	done
}

# job WORKERS ROUNDS FILE [OPTION...]: a run.
job() {
	w=$1 rounds=$2 file=$3
	shift 3
	sv-spawn -q -w "$w" -x sv-worker <problem.svf |
	    sv-hub -q -o "$file" -- sv-admm -q -e 1e-14 \
	    --max-rounds "$rounds" "$@" >/dev/null
	[ -s "$file" ] || die "there is no run to begin with"
}

# api_requests ZIP: the life of a function.
api_requests() {
	f=/2015-03-31/functions
	printf 'POST %s\t{"FunctionName":"f","Role":"arn:aws:iam::%s:role/r",
	    "Runtime":"provided.al2023","Handler":"h","Tags":{"a":"b"},
	    "Environment":{"Variables":{"AB":"c"}},"Code":{"ZipFile":"%s"}}\n' \
	    $f 000000000000 "$1" | tr -d '\n'
	printf '\nPUT %s/f/code\t{"Publish":true,"ZipFile":"%s"}\n' $f "$1"
	printf 'PUT %s/f/configuration\t{"Timeout":9,"MemorySize":512}\n' $f
	printf 'POST %s/f/versions\t{"Description":"x"}\n' $f
	printf 'POST %s/f/invocations?Qualifier=%%24LATEST\t{"a":1}\n' $f
	printf 'GET %s/arn:aws:lambda:us-east-1:000000000000:function:f:1\n' $f
	printf 'PUT /2017-10-31/functions/f/concurrency\t%s\n' \
	    '{"ReservedConcurrentExecutions":3}'
	printf 'PUT /2019-09-25/functions/f/event-invoke-config\t%s\n' \
	    '{"MaximumRetryAttempts":0,"DestinationConfig":{}}'
	printf 'POST /2021-10-31/functions/f/url\t{"AuthType":"NONE"}\n'
	printf 'POST %s/f/policy\t%s\n' $f \
	    '{"StatementId":"s","Action":"a","Principal":"*","SourceArn":"x"}'
	printf 'GET %s/f/policy\nDELETE %s/f/policy/s\n' $f $f
	printf 'POST /2017-03-31/tags/function:f\t{"Tags":{"c":"d"}}\n'
	printf 'GET %s?MaxItems=1&FunctionVersion=ALL\n' $f
	printf 'GET %s/f/versions?Marker=1\nDELETE %s/f\n' $f $f
}

# states: what a worker of each solver saves after some rounds, and one more.
states() {
	globals=$SV_BUILDDIR/tests/globals
	make -s -C "$SV_BUILDDIR/tests" globals >&2 || die "no globals"
	i=0
	for solver in newton newton-cg fista; do
		task='{"task":1,"loss":"logistic","memory":1,"solver":"'$solver'",
		    "kmin":1,"kmax":9,"eps_g":0,"eps_f":0}'
		"$globals" d=5 "task=$task" z=0.1 step z=0.3 step z=0.2 step \
		    save z=0.1 step >more.svf
		cat problem.svf more.svf | sv-worker -q -F |
		    sv-cat -t state -f frames >parts.svf
		sv-cat -t global -f frames more.svf >globals.svf
		# The whole state is the elements of the only part.
		{ tail -c +97 parts.svf && cat globals.svf; } >state/$i
		i=$((i + 1))
	done
	cat parts.svf globals.svf >state/$i
}

# seeds: small inputs for each, those of the directory seeds, and unless
# SV_FUZZ_SEEDS=tree some that the tools make.
seeds() {
	for one in $all; do
		mkdir -p "$out/seeds/$one" "$out/corpus/$one"
		[ ! -d "$here/seeds/$one" ] ||
		    cp "$here/seeds/$one"/* "$out/seeds/$one/"
	done
	[ "${SV_FUZZ_SEEDS:-}" != tree ] || return 0
	cd "$out/seeds" || exit 1
	sv-gen -n 30 -d 5 -p 0.5 >problem.svf || die "sv-gen failed"
	job 2 2 run/0
	# Tables so long that not all of their rows are shown to a person.
	job 1 30 long.svf
	sv-cat -t job,trace,model,end -f frames long.svf >run/1
	job 17 1 wide.svf
	sv-cat -t job,timing,model,end -f frames wide.svf >run/2
	# Functions: with all that is told of their starts and their ends.
	mkrun=$SV_BUILDDIR/tests/mkrun
	make -s -C "$SV_BUILDDIR/tests" mkrun >&2 || die "there is no mkrun"
	"$mkrun" --lambda -w 4 --lose 2:1 |
	    sv-cat -t job,spawn,hello,event,end -f frames >run/3
	# Rounds of every kind, with distributions that fill some bins.
	"$mkrun" -w 3 -r 8 --noise 1 --conj |
	    sv-cat -t job,timing,trace,end -f frames >run/4
	# All that may befall workers.
	"$mkrun" --lambda -r 5 --handover 0:4 --lose 1:3 --leave 1:5:late \
	    --cut 0:3 --refuse 0:3 --save 2 --state-bytes 40 --peers \
	    --resumed 2 | sv-cat -t job,spawn,hello,event,state,checkpoint,end \
	    -f frames >run/5
	job 2 6 other.svf --loss squared_hinge --intercept --gap 1
	sv-cat -t global -f frames run/0 >agent/0
	sv-cat -t global -f frames other.svf >agent/1
	states
	# Runs to go on from: with what was saved of them, and to their end.
	saved=problem,job,global,trace,checkpoint,state,model
	for i in 0 1 2 3; do
		master="sv-admm -q -e 1e-14"
		[ $i -ne 1 ] || master="sv-fista -q -e 1e-14"
		[ $i -ne 2 ] || master="sv-admm -q --path 3"
		# shellcheck disable=SC2086
		sv-spawn -q -w 2 -x sv-worker <problem.svf | sv-hub -q \
		    -o saved.svf --save-state 1 -- $master --max-rounds \
		    $((1 + i)) >/dev/null
		sv-cat -t $saved -f frames saved.svf >resume/$i
	done
	for i in 0 1 2 3; do
		cat problem.svf agent/0 | sv-worker -q -F -w 4 -i $i
	done >gather/0
	cp run/0 cat/0
	cat problem.svf agent/0 gather/0 >frame/0
	sv-cat -f libsvm problem.svf >libsvm/0
	printf '# a comment\r\n+1 1:0.5 3:-1e-3\n\n-1\n0 2:1 # more\n' \
	    >libsvm/1
	sv-shard -q -w 2 -o "$out/seeds/shards" libsvm/0 >shards.svf ||
	    die "sv-shard failed"
	cp shards/shard-00000.svs shardfile/0
	awk '{ print NR % 3 / 2 " # or so" }' libsvm/0 >weights/0
	sv-shard -q -w 2 -o "$out/seeds/weighted" -W weights/0 libsvm/0 \
	    >weighted.svf || die "sv-shard failed"
	cp weighted/shard-00000.svs shardfile/1
	sv-cat -f tsv problem.svf | tail -n 1 | cut -f 13 >problem/0
	sv-cat -f tsv shards.svf | tail -n 1 | cut -f 13 >problem/1
	sed 's/}$/,"from":3,"to":9}/' problem/0 >problem/2
	sv-cat -f tsv weighted.svf | tail -n 1 | cut -f 13 >problem/3
	for i in 0 1; do
		sv-cat -f tsv agent/$i | tail -n 1 | cut -f 13 >task/$i
	done
	printf '{"sv":1,"job":"00112233aabbccdd","shard":3,"workers":16,
	    "generation":1,"hub":"tcp://127.0.0.1:4711","wire":"f64",
	    "problem":%s}' "$(cat problem/2)" >invocation/0
	# shellcheck disable=SC2016
	pair='"Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"
	    ,"secret":"D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs"'
	printf '%s,"keys":{"hub":"rq:rM>}U?@Lns47E1%%kR.o@n%%FcmmsL/@{H8]yf7",
	    "public":%s}}' "$(sed '$s/}$//' invocation/0)" "$pair" >invocation/1
	cp invocation/0 event/0
	printf '{"httpMethod":"POST","requestContext":{},"body":"{\\"sv\\":1}",
	    "isBase64Encoded":false}' >event/1
	printf '{"version":"2.0","requestContext":{"http":{}},
	    "body":"eyJzdiI6MX0=","isBase64Encoded":true}' >event/2
	echo 'int main(void) { return (0); }' >true.c
	clang -s -Wl,-z,noseparate-code,-z,norelro,-rpath,/x -o image/0 true.c
	clang -s -Wl,-z,noseparate-code,-z,norelro -shared -fPIC -nostdlib \
	    -o image/1 true.c
	cp true.c bootstrap
	/usr/bin/python3 -m zipfile -c package/0 bootstrap true.c ||
	    die "python3 makes no zip"
	api_requests "$(base64 -w 0 package/0)" >api/0
	printf 'AWS4-HMAC-SHA256 Credential=AK/20150830/r/s/aws4_request, %s\0%s' \
	    "SignedHeaders=host;x-amz-date, Signature=$(printf '%064d' 0)" \
	    ' a  b ' >sigv4/0
	printf '\0/a%%3Ab/../c\0Qualifier=%%24L&b&a=' >>sigv4/0
	printf '\0\001\0%s\0{"sv":1,"end":"term","cpu_s":0.5,"rss_bytes":9}' \
	    "$(printf 'REPORT RequestId: 0\tBilled Duration: 9 ms\n' |
	    base64 -w 0)" >answer/0
	printf '\007\0Many:x\0\0{"message":"Rate Exceeded."}' >answer/1
	tr -d '\n' <"$SV_SRCDIR/lib/prices.json" >price/0
	printf '{"provider":"P","region":"R","date":"D","request":1,"free":{
	    "requests":1,"gb_seconds":1},"duration":{"x86_64":[{"upto":5,
	    "rate":1},{"rate":1}],"arm64":[{"rate":1}]},"machines":[{"name":"m",
	    "cores":1,"hour":1}]}' >price/1
	for i in a-0 b b c; do
		printf 'x REPORT RequestId: %s\tDuration: 8.50 ms\t' $i
		printf 'Billed Duration: 9 ms\tMemory Size: 128 MB\t'
		printf 'Max Memory Used: 60 MB\tInit Duration: 1.00 ms\n'
	done >reportlog/0
	printf -- '-12.5e-3' >number/0
	printf '9007199254740993.00000000000000000001' >number/1
	printf '1.7976931348623157e308' >number/2
}

# fuzz_hub: the same for a hub that runs as always, by other means.
fuzz_hub() {
	mkdir -p "$out/hub-jobs"
	if (cd "$out/hub-jobs" && PATH=$SV_BUILDDIR/tests:$PATH \
	    sh "$here/hub.sh" "$seconds" "$out/hub" "$(date +%s)") \
	    >"$out/hub.log"; then
		echo "hub: $(cat "$out/hub.log"), nothing found"
		return 0
	fi
	echo "hub: FOUND something: $(cat "$out/hub.log")"
	return 1
}

# fuzz NAME: for the seconds given.  Its line, and whether it went well.
fuzz() {
	rc=0
	ASAN_OPTIONS=allocator_may_return_null=1 \
	    UBSAN_OPTIONS=print_stacktrace=1 "$out/$1" -close_fd_mask=2 \
	    -max_total_time="$seconds" -max_len=8192 -timeout=20 \
	    -rss_limit_mb=2048 -print_final_stats=1 -dict="$here/json.dict" \
	    -artifact_prefix="$out/found-$1-" "$out/corpus/$1" \
	    "$out/seeds/$1" 2>"$out/$1.log" || rc=1
	n=$(sed -n 's/^stat::number_of_executed_units: *//p' "$out/$1.log")
	if [ $rc -eq 0 ]; then
		echo "$1: $n executions, nothing found"
		return 0
	fi
	echo "$1: FOUND something: see $out/$1.log and found-$1-* beside it"
	return 1
}

[ $# -gt 0 ] || eval "set -- $all"
for one in "$@"; do
	case " $all " in
	*" $one "*) ;;
	*) die "$one: no such fuzzer; there are: $all" ;;
	esac
done
mkdir -p "$out/seeds" || exit 1
need
build "$@"
(seeds) || exit 1
found=0
for one in "$@"; do
	case $one in
	hub) fuzz_hub ;;
	*) fuzz "$one" ;;
	esac || found=$((found + 1))
done
echo "fuzz: $# fuzzers, $seconds seconds each, $found with findings"
[ $found -eq 0 ]
