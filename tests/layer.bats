# What "make layer" made: the function's package and the layer.  Not made here,
# since that takes the sources of libraries: see tests/run.sh.

bats_require_minimum_version 1.5.0

setup() {
	load packages.bash
	cd "$BATS_TEST_TMPDIR"
	unset SOURCE_DATE_EPOCH
	made=$SV_BUILDDIR/lambda-layer
	[ -f "$made/function.zip" ] && [ -f "$made/layer.zip" ] ||
	    skip "make layer has not been run"
}

# names ZIP
names() {
	/usr/bin/python3 -c 'import sys, zipfile
print("\n".join(zipfile.ZipFile(sys.argv[1]).namelist()))' "$1"
}

@test "the function is one program and certificates, and small" {
	ls -l "$made"
	[ "$(names "$made/function.zip")" = "bootstrap
ca-bundle.crt" ]
	[ "$(stat -c %s "$made/function.zip")" -le 2500000 ]
}

@test "the function's program is static" {
	unpack "$made/function.zip" x
	LC_ALL=C readelf -lW x/bootstrap >segments
	cat segments
	grep -q LOAD segments
	run ! grep -qE 'INTERP|DYNAMIC' segments
	# Which is what sv-pack says of it, whatever the target's glibc is.
	sv-pack --glibc 2.0 x/bootstrap >table
	cmp function.zip "$made/function.zip"
}

@test "the function's program says in one line that it is not on Lambda" {
	unpack "$made/function.zip" x
	run --separate-stderr env -i x/bootstrap
	echo "$status: $stderr"
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ ${stderr_lines[0]} == "bootstrap: AWS_LAMBDA_RUNTIME_API "* ]]
}

@test "it needs no file at all" {
	[ "$(id -u)" -eq 0 ] || skip "chroot wants root"
	unpack "$made/function.zip" x
	run --separate-stderr env -i /usr/sbin/chroot x /bootstrap
	echo "$status: $stderr"
	[ "$status" -eq 1 ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ ${stderr_lines[0]} == "bootstrap: AWS_LAMBDA_RUNTIME_API "* ]]
}

@test "it has CURVE and the kernels of libsv" {
	unpack "$made/function.zip" x
	for word in CURVE generic; do
		echo "$word"
		grep -qa "$word" x/bootstrap
	done
	[ "$(uname -m)" != x86_64 ] || grep -qa avx512 x/bootstrap
}

@test "the layer holds what the worker needs, and nothing to run" {
	names "$made/layer.zip" >list
	cat list
	run ! grep -v '^lib/' list
	for lib in libzmq libsodium libjansson libxxhash libstdc++ libc ld-linux
	do
		echo "$lib"
		grep -q "^lib/$lib[-.]" list
	done
	[ "$(stat -c %s "$made/layer.zip")" -le 10485760 ]
}

@test "a program runs with nothing but the layer" {
	[ -z "$SV_SANITIZED" ] || skip "a sanitizer wants more than libraries"
	unpack "$made/layer.zip" opt
	opt/lib/ld-linux-*.so.* --library-path "$PWD/opt/lib" \
	    "$(command -v sv-worker)" -V | grep -q '^sv-worker (sv) '
}

@test "a job of such functions ends as one of workers does" {
	# shellcheck source=tests/jobs.bash
	. "$SV_SRCDIR/tests/jobs.bash"
	jobs_setup
	unpack "$made/function.zip" x
	function="/usr/bin/python3 $SV_SRCDIR/tests/runtimeapi.py \
--bootstrap $PWD/x/bootstrap -"
	for worker in sv-worker "$function >>answers"; do
		sv-gen -n 500 -d 10 -p 0.5 -s 7 |
		    sv-spawn -q -w 4 -x "$worker" | sv-hub -q -o out.svf -- \
		    sv-admm -q --l1 1 >/dev/null
		sv-cat -f liblinear out.svf >>models
		rm out.svf
	done
	cat answers models
	[ "$(wc -l <answers)" -eq 4 ]
	half=$(($(wc -l <models) / 2))
	[ "$half" -ge 10 ]
	cmp <(head -n $half models) <(tail -n $half models)
	nothing_left
}

teardown() {
	if command -v jobs_teardown >/dev/null; then
		jobs_teardown
	fi
}
