bats_require_minimum_version 1.5.0

# sv-stats --plot and --html, on runs that mkrun makes.

names="timing convergence scaling utilisation distribution starts
responsiveness bill"

setup() {
	load runs.bash
	runs_setup
	case $BATS_TEST_DESCRIPTION in
	*"no gnuplot"*) ;;
	*)	command -v gnuplot >/dev/null ||
		    skip "gnuplot is not installed" ;;
	esac
}

# page FILE: is it a page as it should be?  Its text goes to page.txt.
page() {
	/usr/bin/python3 "$SV_SRCDIR/tests/page.py" "$1" >page.txt ||
	    { cat page.txt; return 1; }
}

# svg FILE: its texts, if it is XML and nothing but a picture.
svg() {
	/usr/bin/python3 -c 'import sys
import xml.etree.ElementTree as E
r = E.parse(sys.argv[1]).getroot()
for e in r.iter():
    assert "script" not in e.tag and "foreign" not in e.tag, e.tag
    assert not any(k.startswith("on") for k in e.attrib), e.attrib
print("\n".join(r.itertext()))' "$1"
}

# png FILE: its width and height, if it can be decoded and is not of one colour.
png() {
	/usr/bin/python3 -c 'import struct, sys, zlib
b = open(sys.argv[1], "rb").read()
assert b[:8] == b"\x89PNG\r\n\x1a\n"
at, data, last = 8, b"", b""
while at < len(b):
    n, last = struct.unpack(">I4s", b[at:at + 8])
    body = b[at + 8:at + 8 + n]
    assert zlib.crc32(last + body) == struct.unpack(">I", b[at + 8 + n:
        at + 12 + n])[0]
    if last == b"IHDR":
        w, h = struct.unpack(">II", body[:8])
    data += body if last == b"IDAT" else b""
    at += 12 + n
assert last == b"IEND"
assert len(set(zlib.decompress(data))) > 8
print(w, h)' "$1"
}

# A program in place of gnuplot, with the body from stdin.
fake() {
	mkdir bin
	{ echo '#!/bin/sh'; cat; } >bin/gnuplot
	chmod +x bin/gnuplot
}

@test "each figure is drawn as SVG and PNG, and its script kept" {
	"$mkrun" --grad --lambda -w 4 -r 12 >run.svf
	run --separate-stderr sv-stats --plot out run.svf
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "${lines[0]}" = Summary ]
	[ "$(find out -type f | wc -l)" -eq 24 ]
	[ "$(find out | wc -l)" -eq 25 ]
	for n in $names; do
		echo "$n"
		svg "out/$n.svg" >text
		[ -s text ]
		run png "out/$n.png"
		[ "$status" -eq 0 ]
		echo "$output"
		# Twice as large as the SVG.
		w=$(sed -n 's/.*svg *$//; s/.*width="\([0-9]*\)".*/\1/p' \
		    "out/$n.svg" | head -n 1)
		[ "${output% *}" -eq $((2 * w)) ]
	done
	svg out/convergence.svg | grep -q 'Primal residual'
	svg out/timing.svg | grep -q 'time after the global was sent \[ms\]'
}

@test "a script draws its picture again" {
	"$mkrun" --grad -w 3 -r 5 >run.svf
	sv-stats --plot out run.svf >text
	mkdir again
	cp out/*.gp again
	(cd again && for n in $names; do gnuplot "$n.gp" || exit 1; done)
	for n in $names; do
		echo "$n"
		# But for groups with nothing in them it is the same.
		for d in out again; do
			grep -v '^<g \|^</g>' "$d/$n.svg" >"$d/$n"
		done
		cmp "out/$n" "again/$n"
		png "again/$n.png"
	done
}

@test "one page has it all" {
	"$mkrun" --grad --lambda -w 4 -r 12 >run.svf
	run --separate-stderr sv-stats --html page.html run.svf
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	page page.html
	for text in 'Report on a run' '1 run, begun 2023-11-14 22:13 UTC' \
	    'Timing of chosen rounds' Convergence 'Cold starts' Responsiveness \
	    'converged after 12 rounds' 'What the words mean' 'Primal residual' \
	    'W = 4: run.svf' 'Made by sv-stats'; do
		echo "$text"
		grep -qF "$text" page.txt
	done
	# Of the tables: the computation of the last worker, 0.1 + 0.03 + 0.11.
	grep -q '^240\.0$' page.txt
	[ "$(find . -name '.*' -type f | wc -l)" -eq 0 ]
}

@test "one worker, one round, a master alone, nothing at all" {
	"$mkrun" -w 1 -r 20 >a.svf
	"$mkrun" -w 4 -r 1 >b.svf
	"$mkrun" -w 2 -r 3 --alone >c.svf
	"$mkrun" -w 4 -r 0 --unasked --no-model --status 1 >d.svf
	for run in a b c d; do
		echo "$run"
		sv-stats -q --html $run.html --plot $run $run.svf >text ||
		    [ $run = d ]
		page $run.html
		for n in $names; do
			svg "$run/$n.svg" >text
			# What is empty says why.
			[ "$(wc -w <text)" -gt 8 ]
			png "$run/$n.png"
		done
	done
	page d.html
	grep -q 'no records of how workers spent their time' page.txt
	[ "$(grep -c '<svg' d.html)" -eq 1 ]
}

@test "a page without the rounds that are not there says so" {
	"$mkrun" -w 2 -r 2 >short.svf
	"$mkrun" -w 2 -r 5 >long.svf
	run --separate-stderr sv-stats --html page.html --rounds 4 short.svf \
	    --against long.svf
	[ "$status" -eq 0 ]
	[ "$stderr" = "sv-stats: short.svf: --rounds: there is no round 4\
 among those from 1 to 2" ]
	page page.html
	grep -qF 'Of the rounds 4 not all are in this run.' page.txt
	grep -qF 'set 2, W = 2: round 4 took 191 ms;' page.txt
	[ "$(grep -c '^Timing: each worker' page.txt)" -eq 1 ]
}

@test "256 workers make a page of less than 3 MB" {
	"$mkrun" --grad --lambda -w 256 -r 100 >run.svf
	sv-stats --html page.html run.svf >text
	page page.html
	[ "$(wc -c <page.html)" -lt 3000000 ]
	grep -q 'W = 256, round 50' page.txt
}

@test "sets have names and colours of their own" {
	for w in 2 4 8; do
		"$mkrun" --lambda -w $w -r 4 -c 0.$w >run-$w.svf
	done
	sv-stats --html page.html --plot out --title 'Here & there' \
	    --label first run-2.svf run-4.svf --against --label second \
	    run-4.svf run-8.svf --against run-2.svf run-8.svf >text
	page page.html
	for text in 'Here & there' '6 runs in 3 sets' first second 'set 3'; do
		echo "$text"
		grep -qxF "$text" page.txt || grep -qF "$text" page.txt
	done
	svg out/scaling.svg >text
	grep -qx ' *first' text
	grep -qx ' *second' text
	grep -q "stroke='rgb(  0, 114, 178)'" out/scaling.svg
	grep -q "stroke='rgb(213,  94,   0)'" out/scaling.svg
	grep -q "stroke='rgb(  0, 158, 115)'" out/scaling.svg
}

@test "runs are listed by their workers, with names that tell them apart" {
	mkdir -p here/uniform here/skewed
	for set in uniform skewed; do
		for w in 16 4 8; do
			"$mkrun" -w $w -r 4 >here/$set/the-run-of-$w.svf
		done
	done
	sv-stats --html page.html here/uniform/*.svf --against \
	    here/skewed/*.svf >text
	page page.html
	sed -n '/^Each run$/,/^Timing of/p' page.txt >table
	grep '^[us][a-z]*/' table >names
	for set in uniform skewed; do
		printf "$set/the-run-of-%d.svf\n" 4 8 16
	done | diff names -
	grep -A 1 '^set 2$' table | tail -n 1 |
	    grep -qx skewed/the-run-of-16.svf
}

@test "names of files, labels and frames are text and nothing else" {
	evil="a'; system('touch pwned') # \`touch pwned\` <script>x</script>"
	evil="$evil"$'\n!touch pwned\n'"\"\$(touch pwned)\" & @e %s%n \\"
	"$mkrun" --lambda -w 2 -r 3 >"${evil//\//-}.svf"
	"$mkrun" --lambda -w 4 -r 3 >"4${evil//\//-}.svf"
	sv-stats -q --html page.html --plot out --title "$evil" \
	    --label "$evil" -- *.svf >text
	page page.html
	grep -qF '<script>x</script>' page.txt
	for n in $names; do
		svg "out/$n.svg" >text
	done
	sv-stats -q --html page.html --plot out --label "'$evil" ./*.svf \
	    --against --label $'\xff\x01\xed\xa0\x80' ./*.svf >text
	page page.html
	for n in $names; do
		svg "out/$n.svg" >text
	done
	run find . -name 'pwned*'
	[ -z "$output" ]
}

@test "with no gnuplot one is told what to install" {
	"$mkrun" >run.svf
	tool=$(command -v sv-stats)
	echo before >page.html
	run --separate-stderr env PATH=/nowhere "$tool" --html page.html \
	    --plot out run.svf
	[ "$status" -eq 1 ]
	[ "$stderr" = "sv-stats: gnuplot is not installed: apt-get install\
 gnuplot-nox" ]
	[ "${lines[0]}" = Summary ]
	[ "$(cat page.html)" = before ]
	[ ! -e out ]
	# What was there stays.
	mkdir out
	run env PATH=/nowhere "$tool" --plot out run.svf
	[ "$status" -eq 1 ]
	run find out
	[ "$output" = out ]
}

@test "a gnuplot that fails is heard, and nothing is left" {
	"$mkrun" >run.svf
	fake <<-'EOF'
	echo "line 3: undefined variable: x" >&2
	exit 1
	EOF
	echo before >page.html
	for option in '--html page.html' '--plot out'; do
		# The words of the option.
		# shellcheck disable=SC2086
		PATH=$PWD/bin:$PATH run --separate-stderr sv-stats $option \
		    run.svf
		[ "$status" -eq 1 ]
		[ "${stderr_lines[0]}" = "sv-stats: gnuplot: line 3: undefined\
 variable: x" ]
		[ "${stderr_lines[1]}" = "sv-stats: gnuplot ended with status\
 1" ]
	done
	[ "$(cat page.html)" = before ]
	run find . -name '.?*'
	[ -z "$output" ]
	[ ! -e out ]
}

@test "a gnuplot that draws nothing, or something else, is not believed" {
	"$mkrun" --grad >run.svf
	for body in ':' 'echo "<?xml ?><svg><script>x</script></svg>"' \
	    'gnuplot() { :; }; yes "<?xml <svg><g>" | head -n 40' \
	    'for n in timing convergence; do echo "<svg>" >$n.svg; done'; do
		echo "$body"
		rm -rf bin out
		echo "$body" | fake
		PATH=$PWD/bin:$PATH run --separate-stderr sv-stats \
		    --html page.html run.svf
		[ "$status" -eq 1 ]
		[ "$stderr" = "sv-stats: timing: gnuplot has drawn nothing\
 that can be used" ]
		PATH=$PWD/bin:$PATH run --separate-stderr sv-stats --plot out \
		    run.svf
		[ "$status" -eq 1 ]
		[ "$stderr" = "sv-stats: timing.svg: gnuplot has not drawn it\
 to the end" ]
		[ ! -e out ]
		[ ! -e page.html ]
	done
}

@test "one that is asked to end takes gnuplot with it" {
	"$mkrun" >run.svf
	fake <<-'EOF'
	echo $$ >"$HERE/pid.new" && mv "$HERE/pid.new" "$HERE/pid"
	exec sleep 600
	EOF
	HERE=$PWD PATH=$PWD/bin:$PATH sv-stats --plot out run.svf >text \
	    2>talk 3>&- &
	stats=$!
	for _ in $(seq 600); do
		[ ! -s pid ] || break
		sleep 0.05
	done
	[ -s pid ]
	kill -TERM $stats
	rc=0
	wait $stats || rc=$?
	[ "$rc" -eq 143 ]
	[ ! -e out ]
	for _ in $(seq 600); do
		kill -0 "$(cat pid)" 2>/dev/null || break
		sleep 0.05
	done
	run kill -0 "$(cat pid)"
	[ "$status" -ne 0 ]
}

@test "where it cannot be written is said, and the old page stays" {
	"$mkrun" >run.svf
	echo x >file
	run --separate-stderr sv-stats --plot file run.svf
	[ "$status" -eq 1 ]
	[ "$stderr" = "sv-stats: file: Not a directory" ]
	run --separate-stderr sv-stats --plot no/where run.svf
	[ "$status" -eq 1 ]
	[ "$stderr" = "sv-stats: no/where: No such file or directory" ]
	mkdir dir
	for where in no/where.html file/page.html dir; do
		run --separate-stderr sv-stats --html $where run.svf
		[ "$status" -eq 1 ]
		[[ "$stderr" == "sv-stats: $where: "* ]]
	done
	run --separate-stderr sv-stats --html /dev/full run.svf
	[ "$status" -eq 1 ]
	[ "$stderr" = "sv-stats: /dev/full: No space left on device" ]
	[ -c /dev/full ]
	[ "${lines[0]}" = Summary ]
	mkdir -p taken/timing.png
	run --separate-stderr sv-stats --plot taken run.svf
	[ "$status" -eq 1 ]
	[ "$stderr" = "sv-stats: taken/timing.png: Is a directory" ]
}

@test "a page is there as a whole, through a link, as readable as before" {
	"$mkrun" >run.svf
	mkdir deep
	echo before >deep/page.html
	chmod 640 deep/page.html
	ln -s deep/page.html page.html
	sv-stats --html page.html run.svf >text
	[ -L page.html ]
	page deep/page.html
	[ "$(stat -c %a deep/page.html)" = 640 ]
	(umask 027; sv-stats --html new.html run.svf >text)
	[ "$(stat -c %a new.html)" = 640 ]
	sv-stats -o text --html /dev/stdout run.svf >out.html
	cmp out.html new.html
}
