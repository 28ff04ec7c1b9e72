# Our signatures beside those of others' signers.

setup() {
	load npm.bash
	cd "$BATS_TEST_TMPDIR"
	PATH=$SV_BUILDDIR/tests:$PATH
}

@test "smithy's and aws4's signatures are ours, and are verified" {
	npm_packages @smithy/signature-v4@5.1.0 @aws-crypto/sha256-js@5.2.0 \
	    aws4@1.13.2
	command -v jq >/dev/null || skip "jq is not installed"
	for seed in 1 2 3; do
		node "$SV_SRCDIR/tests/signers.js" "$seed" >requests
		[ "$(wc -l <requests)" -eq 600 ]
		signer <requests >answers
		[ "$(wc -l <answers)" -eq 600 ]
		# A wrong one is shown with its request.
		paste requests answers | jq -R -c 'split("\t") |
		    (.[0] | fromjson) as $r | (.[1] | fromjson) as $a |
		    select(if $r.verify then $a[0] != 0 else
		    "same " + ($a[-1] | sub("^Authorization: "; "")) != $r.want
		    end) | [$r, $a]' >wrong
		head -n 3 wrong
		[ ! -s wrong ]
	done
}
