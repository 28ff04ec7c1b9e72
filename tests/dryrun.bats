# sv-spawn --dry-run: what a job would cost, of a cloud that does as it is told, and
# by numbers that are known.

setup() {
	load calls.bash
	load runs.bash
	calls_setup
	mkrun=$SV_BUILDDIR/tests/mkrun
	sv-gen -n 4000 -d 10 -p 0.5 >problem	# 5 non-zeros a row
	prices=$SV_SRCDIR/lib/prices.json
	x86=$(jq .duration.x86_64[0].rate "$prices")
	arm=$(jq .duration.arm64[0].rate "$prices")
	each=$(jq .request "$prices")
	trial='{"status":204}'
}

teardown() {
	calls_teardown
}

# quote ARGUMENT...: the dry run for the problem, on $status, out and err.
quote() {
	status=0
	timeout -k 5 "$limit" sv-spawn --dry-run "$@" <problem >out 2>err ||
	    status=$?
	echo "status $status"
	cat out err
}

# says NAME EXPRESSION: the member is what awk makes of that.
says() {
	near "$(jq ".$1" out)" "$(awk "BEGIN { printf \"%.17g\", $2 }")"
}

# is FILTER VALUE: what jq makes of it is the JSON VALUE.
is() {
	jq -e "($1) == ($2)" out >/dev/null
}

# facts MB ARCH TIMEOUT: what Lambda says of the function.
facts() {
	printf '{"status":200,"body":{"FunctionName":"f","MemorySize":%s,"Architectures":["%s"],"Timeout":%s}}' \
	    "$1" "$2" "$3"
}

@test "commands cost nothing, and take memory" {
	quote -w 4 -x sv-worker
	[ "$status" -eq 0 ]
	[ ! -s err ]
	[ "$(head -n 1 out)" = "4 workers; nothing is started" ]
	grep -qx '  cost        none: commands are run' out
	grep -Eqx '  memory      up to [0-9.]* MB a worker, of it 88.0 kB rows' out
	quote -w 4 -x sv-worker -f json
	is '[.how, .what, .workers, .usd_per_s, .requests_usd, .fits]' \
	    '["exec","sv-worker",4,0,0,null]'
	# 1000 rows: ten numbers, for half of them is dense, and a label.
	is .rows_bytes 88000
}

@test "what is behind a URL: --memory and --arch say it" {
	quote -w 4 -u http://127.0.0.1:9/start?key=hidden
	[ "$status" -eq 0 ]
	grep -qx '  URL         http://127.0.0.1:9/start' out
	grep -q 'cost        not known without the functions. --memory' out
	quote -w 4 -u http://127.0.0.1:9/ --memory 512 --arch arm64 \
	    --seconds 60.0005 --budget 0.01 -f json
	[ "$status" -eq 0 ]
	says usd_per_s "4 * 0.5 * $arm"
	says requests_usd "4 * $each"
	# Whole milliseconds are billed.
	says estimate_usd "4 * $each + 4 * 0.5 * $arm * 60.001"
	says budget_s "(0.01 - 4 * $each) / (4 * 0.5 * $arm)"
	is '[.most_usd, .accepted]' '[null,null]'
}

@test "a budget that does not pay for a beginning" {
	# As without --dry-run: 4 requests, and 2.5 s of 4 GB.
	quote -w 4 -u http://127.0.0.1:9/ --memory 1024 --budget 0.0001674
	[ "$status" -eq 1 ]
	grep -q '  budget      \$0.000167 pays for 2.50 s' out
	[ "$(cat err)" = "sv-spawn: --budget: it does not pay for the first second and what is kept back for the end" ]
	quote -w 4 -u http://127.0.0.1:9/ --memory 1024 --budget 0.0001675
	[ "$status" -eq 0 ]
	quote -w 4 -u http://127.0.0.1:9/ --memory 1024 --budget 0.0001675 \
	    --budget-reserve 10
	[ "$status" -eq 1 ]
}

@test "Lambda is asked whether it would, and for what it knows: nothing is started" {
	cloud "$trial" "$(facts 1769 arm64 900)"
	quote -w 4 -l f:live --endpoint-url "$url" -f json
	[ "$status" -eq 0 ]
	[ "$(asked '[.method, .path] | @text' | tr '\n' ' ')" = \
	    '["POST","/2015-03-31/functions/f/invocations?Qualifier=live"] ["GET","/2015-03-31/functions/f/configuration?Qualifier=live"] ' ]
	[ "$(asked '.headers["x-amz-invocation-type"]' | tr '\n' ' ')" = "DryRun null " ]
	[ "$(asked '.headers.authorization' | grep -c '^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/')" -eq 2 ]
	is '[.accepted, .memory_mb, .arch, .timeout_s, .fits]' \
	    '[true,1769,"arm64",900,true]'
	says most_usd "4 * $each + 4 * 1769 / 1024 * $arm * 900"
}

@test "both given, Lambda is not asked for them" {
	cloud "$trial"
	quote -w 2 -l f --endpoint-url "$url" --memory 128 --arch x86_64 -f json
	[ "$status" -eq 0 ]
	[ "$(wc -l <requests)" -eq 1 ]
	says usd_per_s "2 / 8 * $x86"
}

@test "who may not ask gives --memory" {
	deny='{"status":403,"headers":{"X-Amzn-ErrorType":"AccessDeniedException"},"body":{"message":"no"}}'
	cloud "$trial" "$deny"
	quote -w 2 -l f --endpoint-url "$url"
	[ "$status" -eq 1 ]
	[ ! -s out ]
	[ "$(cat err)" = "sv-spawn: -l f: its memory is not known: 403 AccessDeniedException: no; give it with --memory" ]
	cloud "$trial" "$deny"
	quote -w 2 -l f --endpoint-url "$url" --memory 128 -f json
	[ "$status" -eq 0 ]
	is .arch '"x86_64"'
}

@test "a call that would be refused" {
	cloud '{"status":404,"headers":{"X-Amzn-ErrorType":"ResourceNotFoundException"},"body":{"Message":"Function not found: f"}}'
	quote -w 2 -l f --endpoint-url "$url"
	[ "$status" -eq 1 ]
	grep -qx '  trial       Lambda refuses: 404 ResourceNotFoundException: Function not found: f' out
	[ "$(cat err)" = "sv-spawn: -l f: an invocation would be refused: 404 ResourceNotFoundException: Function not found: f" ]
	[ "$(wc -l <requests)" -eq 1 ]
}

@test "not now is asked again, nonsense is not believed" {
	cloud '{"status":429,"body":{"message":"Rate Exceeded."}}' "$trial" \
	    '{"status":503}' '{"status":200,"body":[1,2]}'
	quote -w 2 -l f --endpoint-url "$url"
	[ "$status" -eq 1 ]
	grep -q 'its memory is not known: 200 it does not say; give it' err
	[ "$(wc -l <requests)" -eq 4 ]
	for body in '{"MemorySize":-1}' '{"MemorySize":"512"}' '{"MemorySize":1e99}' \
	    '"text"' '{"Architectures":[]}'; do
		cloud "$trial" '{"status":200,"body":'"$body"'}'
		quote -w 2 -l f --endpoint-url "$url"
		[ "$status" -eq 1 ]
		grep -q 'its memory is not known: 200 it does not say' err
	done
	cloud "$trial" "$(facts 512 m68k 1e99)"
	quote -w 2 -l f --endpoint-url "$url" -f json
	[ "$status" -eq 0 ]
	is '[.memory_mb, .arch, .timeout_s]' '[512,"x86_64",null]'
}

@test "nobody there" {
	quote -w 2 -l f --endpoint-url http://127.0.0.1:9 --tries 1
	[ "$status" -eq 1 ]
	[ "$(grep -c '^sv-spawn: -l f: an invocation would be refused: .*connect' err)" -eq 1 ]
}

@test "rows that no function of that size has room for" {
	sv-gen -n 4000000 -d 1000 -p 0.01 >problem	# 10 a row
	quote -w 2 -u http://127.0.0.1:9/ --memory 128
	[ "$status" -eq 1 ]
	grep -q 'memory      up to .*: too large for 128 MB$' out
	grep -Eq '^sv-spawn: a shard.s rows take 272 MB, which functions of 128 MB have no room' err
	quote -w 8 -u http://127.0.0.1:9/ --memory 128 -f json
	[ "$status" -eq 0 ]
	is .fits true
	# With a long vector there is little left.
	sv-gen -n 1000 -d 400000 -p 0.00001 >problem
	quote -w 2 -u http://127.0.0.1:9/ --memory 128
	[ "$status" -eq 0 ]
	grep -q 'memory      up to 124 MB.*: 128 MB may be too little$' out
}

@test "as an earlier run: its rounds, with other rows and workers" {
	# Rounds of 1.01 and 1.03 s of computation, 3.482 s from the first request
	# to the end; 1000 rows of 2 for two workers.
	"$mkrun" -w 2 -r 2 -c 1 >run.svf
	quote -w 4 -x sv-worker --like run.svf -f json
	[ "$status" -eq 0 ]
	says like.computation_s 2.04
	says like.total_s 3.482
	says like.rows_factor 5
	is '[.like.workers, .like.rounds, .like.cpu_factor]' '[2,2,null]'
	says estimate_s "1.442 + 5 * 2.04"
	quote -w 4 -x sv-worker --like run.svf
	grep -qx '  estimate    11.6 s' out
	grep -qx '              as run.svf, W 2, 2 rounds: 3.48 s, of it computation 2.04 s,' out
	grep -qx '              times 5 for the rows of a worker; the same speed is assumed' out
}

@test "as an earlier run on functions: with another share of a CPU" {
	"$mkrun" --lambda -w 2 -r 2 -c 1 >run.svf
	quote -w 4 -u http://127.0.0.1:9/ --memory 1024 --like run.svf -f json
	[ "$status" -eq 0 ]
	says like.rows_factor 5
	says like.cpu_factor 128/1024
	says estimate_s "$(jq .like.total_s out) - 2.04 + 2.04 * 5 / 8"
	# More than a whole CPU is of no use to a worker.
	quote -w 4 -u http://127.0.0.1:9/ --memory 10240 --like run.svf -f json
	says like.cpu_factor 128/1769
}

@test "an earlier run that is none" {
	quote -w 4 -x sv-worker --like nothing
	[ "$status" -eq 1 ]
	[ "$(cat err)" = "sv-spawn: --like nothing: No such file or directory" ]
	quote -w 4 -x sv-worker --like problem
	[ "$status" -eq 1 ]
	[ "$(cat err)" = "sv-spawn: --like problem: no run with rounds and an end" ]
	"$mkrun" -w 2 -r 2 --no-end >run.svf
	quote -w 4 -x sv-worker --like run.svf
	[ "$status" -eq 1 ]
	[ ! -s out ]
	[ "$(cat err)" = "sv-spawn: --like run.svf: no run with rounds and an end" ]
	head -c 100 /dev/urandom >noise
	quote -w 4 -x sv-worker --like noise
	[ "$status" -eq 1 ]
	[ ! -s out ]
}

@test "a table of prices of one's own" {
	jq '.request = 1 | .duration.x86_64 = [{"rate": 2}]' "$prices" >mine
	quote -w 4 -u http://127.0.0.1:9/ --memory 1024 --prices mine --seconds 3
	[ "$status" -eq 0 ]
	grep -qx '  cost        $8.00 a second, $480.00 a minute, $28,800.00 an hour' out ||
	    grep -Eq '  cost        \$8(\.00)? a second' out
	grep -Eq 'estimate    3.00 s and \$28' out
	echo '{}' >mine
	quote -w 4 -u http://127.0.0.1:9/ --memory 1024 --prices mine
	[ "$status" -eq 1 ]
	grep -q '^sv-spawn: .*mine' err
}

@test "output that cannot be written" {
	for f in text json; do
		status=0
		sv-spawn --dry-run -w 2 -x sv-worker -f $f <problem >/dev/full \
		    2>err || status=$?
		[ "$status" -eq 1 ]
		[ "$(wc -l <err)" -eq 1 ]
	done
}
