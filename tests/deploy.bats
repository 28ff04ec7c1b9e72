# lambda-layer/deploy and teardown, with the AWS CLI, and sv-lambda for what it
# calls Lambda; roles, logs and who we are, are answered by a script.

bats_require_minimum_version 1.5.0

setup() {
	layer=$SV_SRCDIR/lambda-layer
	cd "$BATS_TEST_TMPDIR" || return 1
	export TMPDIR=$BATS_TEST_TMPDIR/tmp STATE=$BATS_TEST_TMPDIR/state
	mkdir bin tmp cloud state
	pid=
	zip_of first.zip one
	zip_of second.zip two
	export AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=secret
	export AWS_DEFAULT_REGION=eu-north-1 AWS_EC2_METADATA_DISABLED=true
	export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
	unset AWS_REGION AWS_PROFILE AWS_ENDPOINT_URL AWS_ENDPOINT_URL_LAMBDA
}

teardown() {
	if [ -n "$pid" ]; then
		kill "$pid" || true
		wait "$pid" || true
	fi
}

# zip_of FILE TEXT: a function that says so.
zip_of() {
	/usr/bin/python3 - "$1" "$2" <<-'END'
		import sys
		import zipfile
		with zipfile.ZipFile(sys.argv[1], "w") as z:
		    entry = zipfile.ZipInfo("bootstrap", (2026, 1, 1, 0, 0, 0))
		    entry.external_attr = 0o100755 << 16
		    entry.create_system = 3
		    z.writestr(entry, "#!/bin/sh\necho " + sys.argv[2] + "\n")
	END
}

# sha256 FILE: in base64.
sha256() {
	/usr/bin/python3 -c 'import base64, hashlib, sys
print(base64.b64encode(hashlib.sha256(open(sys.argv[1], "rb").read()).digest())
    .decode())' "$1"
}

# The AWS CLI, real for Lambda, and made up for the rest: what it was asked is in
# $STATE/calls, what there is, in $STATE.
with_cli() {
	cli=
	for cli in /usr/bin/aws "$(command -v aws)"; do
		[ ! -x "$cli" ] || break
	done
	[ -x "$cli" ] || skip "awscli is not installed"
	export cli
	cp "$SV_SRCDIR/tests/fakeaws" bin/aws
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
	TMPDIR=$PWD/cloud sv-lambda -q --ready url -b 127.0.0.1:0 >lambda.log 2>&1 3>&- &
	pid=$!
	for _ in $(seq 200); do
		[ ! -s url ] || break
		kill -0 "$pid" || {
			cat lambda.log
			return 1
		}
		sleep 0.1
	done
	LAMBDA_URL=$(cat url)
	export LAMBDA_URL
}

# calls: the changes that were asked for since the last time.
calls() {
	grep -Ev ' (get|describe)-' state/calls || true
	: >state/calls
}

# lambda FILTER PATH: what jq finds in Lambda's answer about function sv.
lambda() {
	/usr/bin/python3 -c 'import sys, urllib.request
print(urllib.request.urlopen(sys.argv[1]).read().decode())' \
	    "$LAMBDA_URL/$2" | jq -c "$1"
}
configuration=2015-03-31/functions/sv/configuration
concurrency=2019-09-30/functions/sv/concurrency

@test "from nothing to a function, which the second time is left alone" {
	with_cli
	echo 2 >state/unknown
	run --separate-stderr "$layer/deploy" -m 256 -c 32 first.zip
	echo "$stderr"
	[ "$status" -eq 0 ]
	[ "$output" = "sv-spawn -l sv --region eu-north-1" ]
	[[ $stderr == *"deploy: made log group /aws/lambda/sv"* ]]
	[[ $stderr == *"deploy: made role sv-role"* ]]
	[[ $stderr == *"deploy: made function sv: x86_64, 256 MB, 900 s"* ]]
	[[ $stderr == *"deploy: reserved 32 at once"* ]]
	# It is made once the role is known.
	run calls
	echo "$output"
	[ "$output" = "logs create-log-group
logs put-retention-policy
iam create-role
iam put-role-policy
lambda create-function
lambda create-function
lambda create-function
lambda put-function-event-invoke-config
lambda put-function-concurrency" ]
	[ "$(jq -c .Statement state/policy-sv-role)" = '[{"Effect":"Allow",'`
	    `'"Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":'`
	    `'"arn:aws:logs:eu-north-1:000000000000:log-group:/aws/lambda/sv:*"}]' ]
	[ "$(cat state/retention)" = 14 ]
	run lambda '[.Runtime, .Handler, .MemorySize, .Timeout, .Role,
	    .Architectures[0], .State]' "$configuration"
	echo "$output"
	[ "$output" = '["provided.al2023","bootstrap",256,900,"arn:aws:iam::'`
	    `'000000000000:role/sv-role","x86_64","Active"]' ]
	run lambda '[.MaximumRetryAttempts, .MaximumEventAgeInSeconds]' \
	    2019-09-25/functions/sv/event-invoke-config
	[ "$output" = "[0,60]" ]
	[ "$(lambda .ReservedConcurrentExecutions "$concurrency")" = 32 ]

	rm state/unknown
	run --separate-stderr "$layer/deploy" -m 256 -c 32 first.zip
	echo "$stderr"
	[ "$status" -eq 0 ]
	[ "$stderr" = "deploy: function sv is as it should be
deploy: at most 32 at once" ]
	run calls
	echo "$output"
	[ -z "$output" ]
	[ -z "$(ls tmp)" ]
}

@test "what has changed is changed, and only that" {
	with_cli
	"$layer/deploy" -c 8 first.zip
	calls
	run --separate-stderr "$layer/deploy" -m 1769 first.zip
	echo "$stderr"
	[ "$status" -eq 0 ]
	[[ $stderr == *"deploy: set function sv to 1769 MB, 900 s"* ]]
	[ "$(calls)" = "lambda update-function-configuration" ]
	[ "$(lambda .MemorySize "$configuration")" = 1769 ]
	run --separate-stderr "$layer/deploy" -m 1769 -c none second.zip
	echo "$stderr"
	[ "$status" -eq 0 ]
	[[ $stderr == *"deploy: replaced the code of function sv"* ]]
	[[ $stderr == *"took away the bound of 8"* ]]
	[ "$(calls)" = "lambda update-function-code
lambda delete-function-concurrency" ]
	[ "$(lambda .CodeSha256 "$configuration")" = \
	    "\"$(sha256 second.zip)\"" ]
	[ "$(lambda .ReservedConcurrentExecutions "$concurrency")" = null ]
}

@test "a URL that is open to everybody is closed" {
	with_cli
	"$layer/deploy" first.zip
	"$cli" --endpoint-url "$LAMBDA_URL" lambda create-function-url-config \
	    --function-name sv --auth-type NONE
	run --separate-stderr "$layer/deploy" --url first.zip
	echo "$stderr"
	[ "$status" -eq 0 ]
	[[ $stderr == *"closed the URL, which was open to everybody"* ]]
	[ "$(lambda .AuthType 2021-10-31/functions/sv/url)" = '"AWS_IAM"' ]
}

@test "a URL, and back to nothing; what is not there is passed over" {
	with_cli
	run --separate-stderr "$layer/deploy" --url first.zip
	echo "$stderr"
	[ "$status" -eq 0 ]
	[[ ${lines[1]} == "sv-spawn -u http"*" --sigv4 --region eu-north-1" ]]
	[[ $stderr == *"let account 000000000000 use it"* ]]
	[ "$(lambda .AuthType 2021-10-31/functions/sv/url)" = '"AWS_IAM"' ]
	calls
	run --separate-stderr "$layer/deploy" --url first.zip
	echo "$stderr"
	[ "$status" -eq 0 ]
	[[ $stderr == *"as it should be"* ]]
	run calls
	[[ $output != *create* ]]
	calls
	run --separate-stderr "$layer/teardown" --dry-run
	echo "$stderr"
	[ "$status" -eq 0 ]
	[[ $stderr == *"teardown: would remove function sv"* ]]
	[ -z "$(calls)" ]
	run --separate-stderr "$layer/teardown"
	echo "$stderr"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[[ $stderr == *"teardown: removed URL http"* ]]
	[[ $stderr == *"teardown: removed function sv"* ]]
	[[ $stderr == *"teardown: removed log group /aws/lambda/sv"* ]]
	[[ $stderr == *"teardown: removed role sv-role"* ]]
	run lambda . "$configuration"
	[[ $output == *"HTTP Error 404"* ]]
	calls
	[ "$(ls state)" = calls ]
	run --separate-stderr "$layer/teardown"
	echo "$stderr"
	[ "$status" -eq 0 ]
	[ "$stderr" = \
	    "teardown: there was nothing of function sv in eu-north-1" ]
	[ -z "$(calls)" ]
	[ -z "$(ls tmp)" ]
}

@test "--dry-run changes nothing" {
	with_cli
	run --separate-stderr "$layer/deploy" --dry-run --url -c 10 first.zip
	echo "$stderr"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ -z "$(calls)" ]
	for what in "make log group" "make role sv-role" "make function sv" \
	    "switch off retries" "reserve 10" "make a URL" "let account"; do
		echo "$what"
		[[ $stderr == *"deploy: would $what"* ]]
	done
	[ "$(ls state)" = calls ]
}

@test "another's function and another's role are left alone" {
	with_cli
	"$cli" --endpoint-url "$LAMBDA_URL" lambda create-function \
	    --function-name sv --runtime provided.al2023 --handler bootstrap \
	    --role arn:aws:iam::000000000000:role/x --zip-file fileb://first.zip \
	    --description mine
	for tool in "deploy second.zip" teardown; do
		# shellcheck disable=SC2086
		run --separate-stderr "$layer"/$tool
		echo "$stderr"
		[ "$status" -eq 1 ]
		[[ $stderr == *"function sv is there and was not made by "* ]]
		[ "${#stderr_lines[@]}" -eq 1 ]
	done
	echo mine >state/role-its-role
	run --separate-stderr "$layer/deploy" -n its first.zip
	echo "$stderr"
	[ "$status" -eq 1 ]
	[[ $stderr == *"role its-role is there and was not made by deploy"* ]]
	run --separate-stderr "$layer/teardown" -n its
	echo "$stderr"
	[ "$status" -eq 0 ]
	[[ $stderr == *"role its-role was not made by deploy: left alone"* ]]
	[ -e state/role-its-role ]
}

@test "with a role that is given, none is made" {
	with_cli
	run --separate-stderr "$layer/deploy" \
	    -r arn:aws:iam::000000000000:role/given first.zip
	echo "$stderr"
	[ "$status" -eq 0 ]
	[[ $(calls) != *role* ]]
	run --separate-stderr "$layer/deploy" first.zip
	echo "$stderr"
	[[ $stderr == *"as it should be"* ]]
}

@test "more than fits cannot be reserved, and nothing is made" {
	with_cli
	run --separate-stderr "$layer/deploy" -c 901 first.zip
	echo "$stderr"
	[ "$status" -eq 1 ]
	[[ $stderr == "deploy: -c: at most 900 fit: "* ]]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[ -z "$(calls)" ]
}

# Without the script in between: a Lambda on this machine has no roles.
@test "sv-lambda alone will do" {
	with_cli
	rm bin/aws
	ln -s "$cli" bin/aws
	run --separate-stderr "$layer/deploy" --endpoint-url "$LAMBDA_URL" first.zip
	echo "$stderr"
	[ "$status" -eq 0 ]
	[ "$output" = \
	    "sv-spawn -l sv --region eu-north-1 --endpoint-url $LAMBDA_URL" ]
	export AWS_ENDPOINT_URL_LAMBDA=$LAMBDA_URL
	run --separate-stderr "$layer/teardown"
	echo "$stderr"
	[ "$status" -eq 0 ]
	[[ $stderr == *"removed function sv"* ]]
}

@test "what cannot be used is said in one line" {
	local what args
	printf 'PK\003\004' >empty.zip
	echo text >text.zip
	while IFS='|' read -r what args; do
		# shellcheck disable=SC2086
		run --separate-stderr "$layer/deploy" $args
		echo "$args: $status: $stderr"
		[ "$status" -eq 1 ]
		[[ $stderr == "deploy: $what"* ]]
		[ "${#stderr_lines[@]}" -eq 1 ]
		[ -z "$output" ]
	done <<-END
		nofile.zip: no such file|nofile.zip
		text.zip: no zip file|text.zip
		empty.zip: holds no file bootstrap|empty.zip
		tmp: no such file|tmp
	END
	[ -z "$(ls tmp)" ]
}

@test "a package for another machine is refused" {
	command -v unzip >/dev/null || command -v bsdtar >/dev/null ||
	    skip "neither unzip nor bsdtar is installed"
	/usr/bin/python3 - <<-'END'
		import zipfile
		with zipfile.ZipFile("arm.zip", "w") as z:
		    z.writestr("bootstrap", b"\x7fELF\2\1\1".ljust(16, b"\0") +
		        b"\2\0\xb7\0" + bytes(100))
	END
	run --separate-stderr "$layer/deploy" --arch x86_64 arm.zip
	echo "$stderr"
	[ "$status" -eq 1 ]
	[ "$stderr" = "deploy: arm.zip: is for arm64, not x86_64" ]
	with_cli
	run --separate-stderr "$layer/deploy" arm.zip
	echo "$stderr"
	[[ $stderr == *"made function sv: arm64, "* ]]
}

@test "usage errors" {
	local what args
	while IFS='|' read -r what args; do
		# shellcheck disable=SC2086
		run --separate-stderr "$layer"/$args
		echo "$args: $status: $stderr"
		[ "$status" -eq 2 ]
		[[ $stderr == *": $what"* ]]
		[[ $stderr == *"usage: "* ]]
		[ -z "$output" ]
	done <<-END
		one zip|deploy
		one zip|deploy first.zip second.zip
		-m wants 128|deploy -m 64 first.zip
		-m wants a number|deploy -m 1e3 first.zip
		-t wants 1 to 900|deploy -t 901 first.zip
		-c wants 1|deploy -c 0 first.zip
		-n wants letters|deploy -n a/b first.zip
		-r wants the ARN|deploy -r role first.zip
		--arch wants|deploy --arch i386 first.zip
		what is --force|deploy --force first.zip
		--region wants an argument|deploy --region
		what is first.zip|teardown first.zip
		-n wants letters|teardown -n sv:1
	END
	run "$layer/deploy" --help
	[ "$status" -eq 0 ]
	[[ $output == usage:* ]]
}

@test "no CLI, no credentials, no region, no Lambda: one line each" {
	mkdir none
	for tool in basename cat printf mktemp rm tail head od tr wc grep sed awk \
	    sha256sum dirname; do
		ln -s "$(command -v "$tool")" none/
	done
	run --separate-stderr env PATH="$PWD/none" /bin/sh "$layer/deploy" first.zip
	echo "$stderr"
	[ "$status" -eq 1 ]
	[[ $stderr == "deploy: the AWS CLI is missing"* ]]
	with_cli
	ln -sf "$cli" bin/aws
	run --separate-stderr env -u AWS_ACCESS_KEY_ID "$layer/deploy" first.zip
	echo "$stderr"
	[ "$status" -eq 1 ]
	[[ $stderr == "deploy: no credentials that work: "* ]]
	[ "${#stderr_lines[@]}" -eq 1 ]
	run --separate-stderr env -u AWS_DEFAULT_REGION "$layer/deploy" first.zip
	echo "$stderr"
	[ "$status" -eq 1 ]
	[[ $stderr == "deploy: which region?"* ]]
	run --separate-stderr "$layer/deploy" \
	    --endpoint-url http://127.0.0.1:9 first.zip
	echo "$stderr"
	[ "$status" -eq 1 ]
	[[ $stderr == *"Could not connect"* ]]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[ -z "$(ls tmp)" ]
}

@test "the policy in the README allows what the scripts do, and no more" {
	sed -n '/^The person who runs `deploy`/,/^Who may write/p' \
	    "$layer/README.md" | sed -n '/^{/,/^```/{/^```/d;p;}' >policy
	jq -r '.Statement[].Action | if type == "array" then .[] else . end' \
	    policy | sort >allowed
	cat "$layer/aws.sh" "$layer/deploy" "$layer/teardown" |
	    tr -s ' \t\n\\' ' ' |
	    grep -oE ' (iam|lambda|logs) (add|create|delete|describe|get|put|update)-[a-z-]+' |
	    sort -u | awk '{
		n = split($2, part, "-")
		name = ""
		for (i = 1; i <= n; i++)
			name = name toupper(substr(part[i], 1, 1)) substr(part[i], 2)
		print $1 ":" name
	    }' >called
	# What deploy hands on, and what aws logs tail asks.
	printf '%s\n' iam:PassRole logs:FilterLogEvents >>called
	sort called >called.sorted
	run diff called.sorted allowed
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(wc -l <allowed)" -gt 20 ]
}

@test "the README names every parameter and no option that is not there" {
	local name tool
	sed -n '/^Parameters:/,/^Conditions:/s/^  \([A-Za-z]*\):$/\1/p' \
	    "$layer/template.yaml" >parameters
	[ "$(wc -l <parameters)" -gt 8 ]
	while read -r name; do
		echo "$name"
		grep -q "\`$name\`\|[ =]$name=" "$layer/README.md"
	done <parameters
	for tool in sv-spawn sv-hub sv-stats; do
		"$tool" --help
	done >help
	"$layer/deploy" --help >>help
	# Inline code that begins with -- or -x.
	grep -oE '`--?[a-z][a-z0-9-]*' "$layer/README.md" | tr -d '`' |
	    sort -u >options
	[ "$(wc -l <options)" -gt 8 ]
	while read -r name; do
		echo "$name"
		grep -qE -- "(^|[ ,[])$name([] ,]|$)" help || grep -qF -- \
		    "$name" "$layer/deploy"
	done <options
}

@test "shellcheck has nothing to say" {
	command -v shellcheck >/dev/null || skip "shellcheck is not installed"
	run shellcheck -x -P SCRIPTDIR "$layer/deploy" "$layer/teardown" \
	    "$SV_SRCDIR/tests/fakeaws"
	echo "$output"
	[ "$status" -eq 0 ]
}
