# Manual pages say what is there, in the form that mandoc likes, and their
# examples work.

setup() {
	man=$SV_SRCDIR/man
	cd "$BATS_TEST_TMPDIR"
}

# examples PAGE: the literal displays of its EXAMPLES, one file ex-N each.
examples() {
	awk '
	/^\.Sh / { inside = ($2 == "EXAMPLES") }
	inside && /^\.Bd -literal/ { n++; block = 1; next }
	/^\.Ed/ { block = 0 }
	block { gsub(/\\e/, "\\"); gsub(/\\&/, ""); gsub(/\\-/, "-")
		print > sprintf("ex-%02d", n) }' "$1"
}

@test "mandoc has nothing to say" {
	command -v mandoc >/dev/null || skip "mandoc is not installed"
	for page in "$man"/*.[1-9]; do
		echo "$page"
		run mandoc -T lint "$page"
		# That another page is not installed yet is no fault of this one.
		output=$(echo "$output" | grep -v 'referenced manual not found' ||
		    true)
		echo "$output"
		[ -z "$output" ]
	done
}

@test "every tool has a page, and every page is installed" {
	for tool in "$SV_BUILDDIR"/tools/sv-*; do
		case $tool in
		*.*) continue ;;
		esac
		[ -f "$tool" ] || continue
		echo "$tool"
		[ -f "$man/$(basename "$tool").1" ]
		grep -q "$(basename "$tool").1" "$man/Makefile.am"
	done
	[ -f "$man/sv.7" ]
	[ -f "$man/sv-frame.5" ]
}

@test "every page has the sections that it must have" {
	for page in "$man"/sv-*.1; do
		for section in NAME SYNOPSIS DESCRIPTION 'EXIT STATUS' EXAMPLES \
		    'SEE ALSO'; do
			echo "$page: $section"
			grep -qx "\.Sh $section" "$page"
		done
	done
}

@test "every page that is referred to is there" {
	sed -n 's/^\.Xr \(sv[a-z-]*\) \([1-9]\).*/\1.\2/p' "$man"/*.[1-9] |
	sort -u | while read -r page; do
		echo "$page"
		[ -f "$man/$page" ]
	done
}

# The long options of --help and of the page's lists are the same set.
@test "--help and the page know the same options" {
	for page in "$man"/sv-*.1; do
		tool=$(basename "$page" .1)
		command -v "$tool" >/dev/null || continue
		"$tool" --help | sed -nE \
		    's/^ +(-[A-Za-z], )?(--[a-z][a-z0-9-]*).*/\2/p' |
		    sort -u >help
		sed -n '/^\.It /p' "$page" | grep -oE 'Fl -[a-z][a-z0-9-]*' |
		    sed 's/^Fl -/--/' | sort -u >page
		echo "$tool: < --help, > page"
		[ -s help ]
		diff help page
	done
}

@test "--help and --version go to stdout, with status 0" {
	for page in "$man"/sv-*.1; do
		tool=$(basename "$page" .1)
		command -v "$tool" >/dev/null || continue
		for option in -h --help -V --version; do
			echo "$tool $option"
			"$tool" "$option" >out 2>err </dev/null
			[ -s out ]
			[ ! -s err ]
		done
		grep -q "^$tool (sv) [0-9]" out
	done
}

@test "an option that is not known is one line, a hint, and status 2" {
	for page in "$man"/sv-*.1; do
		tool=$(basename "$page" .1)
		command -v "$tool" >/dev/null || continue
		echo "$tool"
		run "$tool" --no-such-option </dev/null
		echo "$output"
		[ "$status" -eq 2 ]
		[ "$(echo "$output" | wc -l)" -le 2 ]
		echo "$output" | grep -q "$tool --help"
	done
}

# A device that is full: what was not written was not done.
@test "output that cannot be written is a failure" {
	for page in "$man"/sv-*.1; do
		tool=$(basename "$page" .1)
		command -v "$tool" >/dev/null || continue
		echo "$tool"
		run sh -c "$tool --help >/dev/full"
		echo "$output"
		[ "$status" -eq 1 ]
	done
}

@test "the examples of every page work" {
	failed=
	for page in "$man"/*.[1-9]; do
		name=$(basename "$page")
		[ "$name" != sv-frame.5 ] || continue
		mkdir "$name.d"
		(cd "$name.d" && examples "$page")
		for ex in "$name.d"/ex-*; do
			[ -e "$ex" ] || continue
			if grep -q -e --html "$ex" &&
			    ! command -v gnuplot >/dev/null; then
				echo "# $ex: gnuplot is not installed" >&3
				continue
			fi
			dir=run-$name-$(basename "$ex")
			mkdir "$dir"
			echo "== $name, $(basename "$ex"):"
			cat "$ex"
			(cd "$dir" && timeout 60 sh -e "../$ex" </dev/null) ||
			    failed="$failed $name/$(basename "$ex")"
		done
	done
	echo "failed:$failed"
	[ -z "$failed" ]
}

# The reader that sv-frame(5) prints reads a run of ours.
@test "the reader of sv-frame(5) reads frames" {
	/usr/bin/python3 -c 'import xxhash' 2>/dev/null ||
	    skip "python3-xxhash is not installed"
	sed -n '/^\.Bd -literal/,/^\.Ed/p' "$man/sv-frame.5" |
	    awk '/^import/ { on = 1 } /^\.Ed/ { on = 0 } on' |
	    sed 's/\\e/\\/g; s/^\\&//' >reader.py
	[ "$(wc -l <reader.py)" -gt 10 ]
	[ "$(wc -l <reader.py)" -le 30 ]
	sv-gen -n 10 -d 5 -p 0.5 >good
	/usr/bin/python3 reader.py <good >out
	cat out
	grep -q 'recipe' out
	head -c 90 good >cut
	run /usr/bin/python3 reader.py <cut
	[ "$status" -ne 0 ]
	{ head -c 100 good; printf X; tail -c +102 good; } >flipped
	run /usr/bin/python3 reader.py <flipped
	[ "$status" -ne 0 ]
}
