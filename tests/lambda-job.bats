# Whole jobs on sv-lambda: what a pipeline does with functions in the place of
# processes.

setup() {
	load jobs.bash
	load functions.bash
	jobs_setup
	limit=100
	function_zip
}

teardown() {
	jobs_teardown
}

# The 16 digits of the weights of the model in FILE.
weights() {
	sv-cat -f npy "$1" | od -An -v -t x8
}

@test "functions and processes give the same answer, bit for bit" {
	sv-gen -n 3000 -d 300 -p 0.02 >problem
	sv-spawn -w 4 -x sv-worker <problem |
	    sv-hub -o local.svf -- sv-admm --l1 1 >/dev/null
	cloud 'sv-spawn -w 4 -l sv <problem |
	    sv-hub -o lambda.svf -- sv-admm --l1 1 | sv-stats' \
	    -F "sv=$zip,memory=512,timeout=60"
	[ "$status" -eq 0 ]
	grep -q 'converged' out
	[ "$(weights local.svf)" = "$(weights lambda.svf)" ]
	[ "$(grep -c '^START RequestId: [0-9a-f-]* Version: \$LATEST$' log)" -eq 4 ]
	[ "$(grep -c '^END RequestId' log)" -eq 4 ]
	[ "$(grep -c '^REPORT .*Init Duration' log)" -eq 4 ]
	[ "$(sv-cat -t spawn lambda.svf | grep -c '"event":"exit".*"billed_s"')" -eq 4 ]
	nothing_left
}

@test "a warm environment serves the next job, with a clean state" {
	sv-gen -n 300 -d 30 -p 0.1 >problem
	job='sv-spawn -w 2 -l sv <problem | sv-hub -o $i.svf -- sv-admm --l1 1'
	cloud "for i in 1 2 3; do $job; done >/dev/null" \
	    -F "sv=$zip,memory=512,timeout=60"
	[ "$status" -eq 0 ]
	[ "$(weights 1.svf)" = "$(weights 2.svf)" ]
	[ "$(weights 1.svf)" = "$(weights 3.svf)" ]
	[ "$(grep -c '^REPORT ' log)" -eq 6 ]
	[ "$(grep -c '^REPORT .*Init Duration' log)" -eq 2 ]
	sv-cat -t hello 1.svf | grep -c '"cold":true' | grep -qx 2
	sv-cat -t hello 3.svf | grep -c '"cold":false' | grep -qx 2
	nothing_left
}

@test "asynchronous calls, a function URL, and a gateway" {
	sv-gen -n 300 -d 30 -p 0.1 >problem
	cloud '
	url=$(curl -s -X POST -d "{\"AuthType\":\"NONE\"}" \
	    $AWS_ENDPOINT_URL/2021-10-31/functions/sv/url | jq -r .FunctionUrl)
	hub="sv-hub -- sv-admm --l1 1"
	sv-spawn -w 2 -l sv --async <problem | $hub >a.svf &&
	sv-spawn -w 2 -u "$url" <problem | $hub >b.svf &&
	sv-spawn -w 2 -u $AWS_ENDPOINT_URL/gateway/sv <problem | $hub >c.svf' \
	    -F "sv=$zip,memory=512,timeout=60"
	[ "$status" -eq 0 ]
	[ "$(weights a.svf)" = "$(weights b.svf)" ]
	[ "$(weights a.svf)" = "$(weights c.svf)" ]
	nothing_left
}

@test "an address of the hub that is wrong, or where nobody answers" {
	sv-gen -n 100 -d 10 -p 0.5 >problem
	for hub in tcp://no-such-host.invalid:5555 tcp://127.0.0.1:9; do
		cloud "sv-spawn -w 2 -l sv <problem |
		    sv-hub -a $hub -- sv-admm --l1 1 | sv-stats" \
		    -F "sv=$zip,memory=512,timeout=20"
		[ "$status" -eq 1 ]
		grep -q 'sv-[a-z]*: .*Function.HubUnreachable' err
		grep -q "$hub" err
		nothing_left
	done
}

@test "a shard that does not exist" {
	sv-gen -n 100 -d 10 -p 0.5 | sv-shard -w 2 -o shards >problem
	rm shards/*1.svs
	cloud 'sv-spawn -l sv <problem | sv-hub -- sv-admm --l1 1 | sv-stats' \
	    -F "sv=$zip,memory=512,timeout=60"
	[ "$status" -eq 1 ]
	grep -q 'shard 1: .*No such file' err
	nothing_left
}

@test "an event that is no invocation gets a JSON error" {
	cloud '
	u=$AWS_ENDPOINT_URL/2015-03-31/functions/sv/invocations
	for event in "{}" "[]" "{\"sv\":2}" "{\"sv\":1,\"job\":\"x\"}"; do
		curl -s -D head -d "$event" $u | jq -r .errorType
		grep -io "^x-amz-function-error: [a-z]*" head
	done' -F "sv=$zip,memory=512,timeout=60"
	[ "$status" -eq 0 ]
	[ "$(grep -c '^Function.BadInvocation$' out)" -eq 4 ]
	[ "$(grep -ic '^x-amz-function-error: Unhandled$' out)" -eq 4 ]
	[ "$(grep -c '^REPORT .*Init Duration' log)" -eq 1 ]
	nothing_left
}

@test "more workers than may run at once: those that fit join, the rest is told" {
	sv-gen -n 1000 -d 10 -p 0.5 >problem
	# So many tries that those that fit are here before the last one.
	cloud 'sv-spawn -w 20 -l sv --tries 7 -v <problem |
	    sv-hub -v -- sv-admm --l1 1 >run.svf' \
	    -F "sv=$zip,memory=512,timeout=60" --account-concurrency 5
	[ "$status" -eq 1 ]
	[ "$(sv-cat -t hello run.svf | wc -l)" -eq 5 ]
	# Each of the others was tried again.
	[ "$(sv-cat -t spawn run.svf | grep '"retry".*"status":429' |
	    jq .shard | sort -u | wc -l)" -eq 15 ]
	[ "$(grep -c '^START' log)" -eq 5 ]
	grep -q '^sv-spawn: .*15 of 20.*429' err
	# Each of them has an end, and is not paid for.
	[ "$(sv-cat -t spawn run.svf | grep '"event":"exit"' |
	    jq .shard | sort -u | wc -l)" -eq 20 ]
	sv-stats -f json run.svf >stats.json || true
	[ "$(jq -r '.. | objects | select(has("n_calls")) |
	    [.n_calls, .answered + .failed + .unanswered] | @text' stats.json)" = '[20,20]' ]
	nothing_left
}

@test "interrupted in the middle: no process is left" {
	sv-gen -n 1000 -d 10 -p 0.5 >problem
	timeout -k 5 60 sv-lambda -b 127.0.0.1:0 --log log \
	    -F "sv=$zip,memory=512,timeout=60" -- sh -c \
	    'sv-spawn -w 10 -l sv <problem | sv-hub -- sv-admm \
	    --preset paper -e 0 --kmin 1000 --max-rounds 1000000 >run.svf' >out 2>err &
	started() {
		[ -f log ] && [ "$(grep -c '^START' log)" -ge 10 ]
	}
	within 30 started
	kill -INT "$(pids_of lambda)"
	wait $! || true
	nothing_left
	[ -z "$(find "$TMPDIR" -maxdepth 1 -name 'sv-*')" ]
}

@test "the paper's shape on small functions: none takes more than it has" {
	limits_work || skip "control groups cannot be made here"
	[ -z "$SV_SANITIZED" ] || skip "sanitizers take more memory than that"
	sv-gen -n 60000 -d 10000 -p 0.001 >problem
	cloud 'sv-spawn -w 16 -l sv <problem | sv-hub -- sv-admm --l1 1 |
	    tee run.svf | sv-stats' -F "sv=$zip,memory=128,timeout=60"
	[ "$status" -eq 0 ]
	[ "$(grep -c '^REPORT .*Memory Size: 128 MB' log)" -eq 16 ]
	sed -n 's/.*Max Memory Used: \([0-9]*\) MB.*/\1/p' log | while read -r mb
	do
		[ "$mb" -gt 1 ] && [ "$mb" -lt 128 ]
	done
	nothing_left
}
