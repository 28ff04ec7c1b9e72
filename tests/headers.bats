# The conventions of STYLE.md that a program can check.

setup() {
	cd "$SV_SRCDIR"
	tmp=$BATS_TEST_TMPDIR
}

@test "each header compiles alone" {
	bad=
	for h in lib/*.h tools/*/*.h; do
		[ -e "$h" ] || continue
		printf '#include "config.h"\n#include "%s"\nextern int one;\n' \
		    "$SV_SRCDIR/$h" |
		    $SV_CC -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra \
		    -Wpedantic -Werror -fsyntax-only -I"$SV_BUILDDIR" -Ilib \
		    $(pkg-config --cflags jansson libzmq libsodium) -xc - ||
		    bad="$bad $h"
	done
	echo "do not:$bad"
	[ -z "$bad" ]
}

@test "each header is guarded by its own name" {
	for h in lib/*.h; do
		name=$(basename "$h" .h | tr 'a-z-' 'A-Z_')
		echo "$h"
		[ "$(head -n 1 "$h")" = "#ifndef SV_${name}_H" ]
		[ "$(sed -n 2p "$h")" = "#define SV_${name}_H" ]
	done
}

@test "no file is longer than 500 lines" {
	run sh -c 'wc -l lib/*.[ch] tools/*.[ch] tools/*/*.[ch] tests/*.[ch] \
	    tests/*.sh tests/*.bats tests/torture/*.sh bench/*.[ch] \
	    bench/*.sh 2>/dev/null |
	    awk "\$2 != \"total\" && \$1 > 500"'
	echo "$output"
	[ -z "$output" ]
}

# A function's end is the line of its closing brace.
@test "no function is longer than 60 lines, no main() than 120" {
	ctags --version 2>/dev/null | grep -q Universal ||
	    skip "universal-ctags is not installed"
	run ctags -x --c-kinds=f --fields=+ne \
	    --_xformat='%{input} %{name} %{line} %{end}' lib/*.c tools/*.c \
	    tools/*/*.c tests/*.c bench/*.c
	[ "$(echo "$output" | wc -l)" -gt 50 ]
	echo "$output" | awk '
		$4 - $3 + 1 > ($2 == "main" ? 120 : 60) {
			print "too long:", $0; bad = 1
		}
		END { exit bad }'
}

# sv_module_verb() in module.c, sv_module in module.h.
@test "what a header declares is named after it" {
	ctags --version 2>/dev/null | grep -q Universal ||
	    skip "universal-ctags is not installed"
	for h in lib/*.h; do
		ctags -x --language-force=C --c-kinds=p --_xformat='%{name}' "$h"
	done >"$tmp/names"
	[ "$(wc -l <"$tmp/names")" -gt 50 ]
	! grep -v '^sv_' "$tmp/names" || false
}

@test "what must not be stops a test: ! alone does so in a last line only" {
	run awk 'FNR == 1 { held = "" }
	    held != "" && $0 !~ /^\t*}/ { print held }
	    { held = "" }
	    /^\t+! / && !/\|\||&&|; then|; do/ {
		held = FILENAME ": " FNR ": " $0 }' tests/*.bats tests/*.bash
	echo "$output"
	[ -z "$output" ]
}

@test "lines end without blanks, and code is indented with tabs" {
	run grep -nE '[[:blank:]]$' lib/*.[ch] tools/*.c tests/*.c tests/*.sh \
	    tests/*.bats
	echo "$output"
	[ "$status" -eq 1 ]
	run grep -nE '^        ' lib/*.[ch] tools/*.c tests/*.c
	echo "$output"
	[ "$status" -eq 1 ]
}

@test "shellcheck has nothing to say about scripts" {
	command -v shellcheck >/dev/null || skip "shellcheck is not installed"
	run shellcheck -x -P .:SCRIPTDIR tests/*.sh tests/torture/*.sh \
	    examples/*.sh bench/*.sh \
	    lambda-layer/deps.sh .ci/run
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "Python examples compile" {
	for f in examples/*.py; do
		[ -e "$f" ] || continue
		echo "$f"
		/usr/bin/python3 -c 'import ast, sys
ast.parse(open(sys.argv[1]).read())' "$f"
	done
}
