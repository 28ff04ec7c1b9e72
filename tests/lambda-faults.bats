# sv-lambda makes trouble where it is asked to: the same for the same seed.

bats_require_minimum_version 1.5.0

setup() {
	load environments.bash
	environments_setup
}

# EXPRESSION of numbers is true.
true_that() {
	awk "BEGIN { exit !($1) }"
}

@test "one time limit for all functions, with fractions" {
	lambda -F a=echo.zip,timeout=900 -F b=echo.zip,timeout=1 \
	    --timeout 1.5 -- 'invoke a "left"; invoke a "sleep 20"
	    invoke b "sleep 1.2; print b"'
	left=$(sed -n 1p out | tr -d '"')
	true_that "$left > 500 && $left <= 1500"
	grep -q 'Error: Task timed out after 1.50 seconds"' out
	grep -q 'Duration: 1500.00 ms' log
	grep -Fqx '"sleep 1.2; print b"' out
}
