# sv-gen: the recipe on its way, and the rows that come of it.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# usage_error ARGUMENTS...: one line that matches $want, and the hint.
usage_error() {
	run --separate-stderr sv-gen "$@"
	echo "$* -> $status: $stderr"
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	[ "${#stderr_lines[@]}" -eq 2 ]
	[[ ${stderr_lines[0]} == "sv-gen: "*"$want"* ]]
	[ "${stderr_lines[1]}" = "try 'sv-gen --help'" ]
}

@test "the recipe is that of the paper, unless told otherwise" {
	sv-gen >out 2>err
	[ ! -s err ]
	tail -c +81 out | tr -d '\0' >text
	[ "$(cat text)" = '{"kind":"recipe","recipe":1,"n":600000,"d":10000,"k":10,"p":0.001,"seed":1}' ]
	[ "$(stat -c %s out)" -lt 200 ]
}

@test "long options say the same as short ones" {
	sv-gen -n 30 -d 20 -p 0.25 -s 9 | tail -c +81 >short
	sv-gen --rows=30 --features=20 --density=0.25 --seed=9 |
	    tail -c +81 >long
	cmp short long
	grep -q '"n":30,"d":20,"k":5,"p":0.25,"seed":9' short
}

@test "values may be kept in 32 bits" {
	sv-gen -n 30 -d 20 -p 0.25 -s 9 --f32 | tail -c +81 >out
	grep -q '"seed":9,"values":"f32"}' out
	sv-gen -n 30 -d 20 -p 0.25 -s 9 >gen
	run ! grep -q values gen
	cmp <(sv-gen -n 30 -d 20 -p 0.25 -s 9 --f32 | sv-cat -f libsvm) \
	    <(sv-cat -f libsvm gen)
}

@test "the largest problems are no problem to describe" {
	sv-gen -n 1099511627776 -d 4294967295 -p 1e-9 >out
	grep -q '"k":4,' out
	sv-gen -n 1 -d 4294967295 -p 1 >out
	grep -q '"k":4294967295,' out
}

@test "what makes no sense is a usage error" {
	want="whole number from 1"
	usage_error -n 0
	usage_error -n -5
	usage_error -n 1099511627777
	usage_error -n 1.5
	usage_error -n ''
	usage_error -d 0
	usage_error -d 4294967296
	usage_error -d 10x
	want="number from 0 to 1"
	usage_error -p 1.5
	usage_error -p -0.1
	usage_error -p nan
	usage_error -p x
	want="above 0" usage_error -p 0
	want="whole number from 0" usage_error -s -1
	want="whole number from 0" usage_error -s 9223372036854775808
	want="too many" usage_error -n 1099511627776 -d 4294967295 -p 1
	want="unexpected argument 'x'" usage_error x
}

@test "a terminal is refused" {
	script -qec true /dev/null || skip "no script(1), or no terminal to be had"
	run script -qec 'sv-gen' /dev/null
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"sv-gen: standard output is a terminal"* ]]
}

@test "output that cannot be written is a failure" {
	run --separate-stderr sh -c 'sv-gen >/dev/full'
	[ "$status" -eq 1 ]
	[ "$stderr" = \
	    "sv-gen: cannot write the problem: No space left on device" ]
}

@test "--verbose says what the problem is" {
	run --separate-stderr sh -c 'sv-gen -v -n 7 -d 9 -p 0.5 >/dev/null'
	[ "$status" -eq 0 ]
	[ "$stderr" = "sv-gen: 7 rows of 9 features, 5 non-zeros in each" ]
}

@test "the rows are those of the first version" {
	sv-gen -n 3000 -d 1000 -p 0.01 -s 5 | sv-cat -f libsvm >rows
	[ "$(wc -l <rows)" -eq 3000 ]
	sha256sum rows
	[ "$(sha256sum <rows)" = "996586135fe96207042d6c65c69cfec2fb4c2fd05aa845c2c223c665f50fb70b  -" ]
}

@test "a number of rows is the beginning of a larger one" {
	sv-gen -n 100 -d 50 -p 0.2 | sv-cat -f libsvm >some
	sv-gen -n 5000 -d 50 -p 0.2 | sv-cat -f libsvm | head -n 100 >all
	cmp some all
}

# The modules that make the rows, in one program that prints a hash of them.
@test "all compilers at all levels make the same rows" {
	cat >rows.c <<-'EOT'
	#include <inttypes.h>
	#include <stdio.h>
	#include "frame.h"
	#include "recipe.h"

	int
	main(void)
	{
		uint64_t ks[] = { 1, 10, 32, 33, 500, 9000 };

		for (int i = 0; i < 6; i++) {
			struct sv_recipe r = { 200, 10000, ks[i], 3 };
			struct sv_csr A;

			if (sv_recipe_expand(&r, 0, 200, &A, NULL) != 0)
				return (1);
			printf("%016" PRIx64 " %016" PRIx64 " %016" PRIx64 "\n",
			    sv_frame_sum(A.label, A.rows * 8),
			    sv_frame_sum(A.col, A.nnz * 4),
			    sv_frame_sum(A.val, A.nnz * 8));
			sv_csr_fini(&A);
		}
		return (0);
	}
	EOT
	lib=$SV_SRCDIR/lib
	tried=0
	for cc in gcc clang; do
		command -v "$cc" >/dev/null || continue
		for flags in -O0 -O2 -O3 "-O3 -march=native"; do
			echo "$cc $flags"
			# shellcheck disable=SC2046,SC2086
			"$cc" -std=c11 -D_GNU_SOURCE $flags -ffp-contract=off \
			    -I"$lib" $(pkg-config --cflags libsodium) rows.c \
			    "$lib"/{recipe,normal,rng,csr,frame,secret,clock}.c \
			    -o rows \
			    $(pkg-config --libs libsodium libxxhash) -lm
			./rows >"out$tried"
			cmp out0 "out$tried"
			tried=$((tried + 1))
		done
	done
	[ "$tried" -ge 1 ] || skip "neither gcc nor clang is installed"
	[ "$(wc -l <out0)" -eq 6 ]
	command -v gcc >/dev/null && command -v clang >/dev/null ||
	    skip "the same at $tried levels, but one compiler is missing"
}
