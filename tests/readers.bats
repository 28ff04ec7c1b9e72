# What sv-shard reads: LIBSVM text as people have it, packed in many ways, and
# what is wrong with it, by file and line.

bats_require_minimum_version 1.5.0

setup() {
	load readers.bash
	cd "$BATS_TEST_TMPDIR"
	umask 022
}

# bad MESSAGE TEXT: in line 3 of text.svm.
bad() {
	printf '1 1:1\n\n%b\n1 1:1\n' "$2" >text.svm
	refused "text.svm: line 3: $1" text.svm
}

@test "lines that are wrong are named, with what was expected and found" {
	bad "expected index:value, found '2'" '1 1:1 2'
	bad "expected index:value, found '1=1'" '1 1=1'
	bad "expected index:value, found '2:'" '1 2: 3'
	bad "expected index:value, found ':3'" '1 :3'
	bad "expected index:value, found '-1:3'" '1 -1:3'
	bad "index 3 comes after 5: expected ascending indices" '1 5:1 3:1'
	bad "index 5 comes after 5: expected ascending indices" '1 5:1 5:1'
	bad "expected index:value, found '2:x'" '1 2:x'
	bad "expected index:value, found '2:1,5'" '1 2:1,5'
	bad "expected index:value, found '2:1x'" '1 2:1x'
	bad "expected a finite value, found '2:nan'" '1 2:nan'
	bad "expected a finite value, found '2:NaN'" '1 2:NaN'
	bad "expected a finite value, found '2:-inf'" '1 2:-inf'
	bad "expected a finite value, found '2:1e999'" '1 2:1e999'
	bad "expected a label, found '1:1'" '1:1 2:1'
	bad "expected a label, found 'x'" 'x 1:1'
	bad "expected a finite label, found 'nan'" 'nan 1:1'
	bad "expected an index below 2^32, found '4294967296:1'" \
	    '1 4294967296:1'
	bad "expected an index below 2^32, found '18446744073709551617:1'" \
	    '1 18446744073709551617:1'
	printf '1 1:1\n1 7:1\n1 8:1\n' >text.svm
	refused "text.svm: line 3: index 8 is beyond the 7 features expected" \
	    -d 7 text.svm
}

@test "who has another format in mind is told what LIBSVM text is" {
	printf 'y,x1,x2\n1,2,3\n' >text
	refused "text: line 1: expected a label, found 'y,x1,x2' (LIBSVM text: LABEL INDEX:VALUE ...)" text
}

@test "an index 0 is refused, and --zero-based allows it" {
	printf '1 1:5\n-1 0:2 3:4\n' >text
	refused "text: line 2: index 0: indices are one-based, unless --zero-based says otherwise" text
	rows --zero-based text | cmp - <(printf '+1 2:5\n-1 1:2 4:4\n')
	grep -q '"zero_based":true' <(sv-shard --zero-based -w 1 -o s text)
	rows -d 4 --zero-based text >/dev/null
	refused "text: line 2: index 3 is beyond the 3 features expected, from 0" \
	    -d 3 --zero-based text
}

@test "blank lines, comments, CRLF, a mark and an end without newline are taken" {
	printf '\xef\xbb\xbf+1 1:2\r\n\r\n\n# x\n \t\n-1  2:3\t4:5 \r\n1' >text
	rows text | cmp - <(printf '+1 1:2\n-1 2:3 4:5\n+1\n')
}

@test "files without rows" {
	: >empty
	printf '\n \r\n# 1 1:1\n' >blank
	gzip <empty >empty.gz
	refused "empty: no rows" empty
	refused "blank: no rows" blank
	refused "empty.gz: no rows" empty.gz
	printf '1 1:1' >text
	rows empty text blank | cmp - <(printf '+1 1:1\n')
}

@test "a line may be 10 MB, a field may not" {
	seq 1000000 | awk 'BEGIN { printf "1" } { printf " %d:5.5", $1 }
	    END { print ""; print "-1 3:1" }' >long
	[ "$(head -n 1 long | wc -c)" -gt 10000000 ]
	rows long | cmp - <(sed '1s/^/+/' long)
	{ echo '1 1:1'; head -c 10000000 /dev/zero | tr '\0' 7; echo; } >text
	refused "text: line 2: expected a label, found '7777777777777777777777777777777777777777...'" text
	{ echo '1 1:1'; head -c 10000000 /dev/zero | tr '\0' '#'; echo; } >text
	rows text | cmp - <(printf '+1 1:1\n')
}

@test "binary garbage is said to be no text" {
	/usr/bin/python3 -c 'import random, sys
random.seed(3)
sys.stdout.buffer.write(random.randbytes(100000))' >garbage
	run --separate-stderr sv-shard -w 1 -o out garbage
	echo "$stderr"
	[ "$status" -eq 1 ]
	[[ $stderr == "sv-shard: garbage: line 1: expected a label, found '"*"': this is not text, there is a byte 0x"?? ]]
	[ ! -e out ]
	printf '1 1:1\n1 2:1\0\n' >nul
	refused "nul: line 2: expected index:value, found '2:1?': this is not text, there is a byte 0x00" nul
	printf '1 1:1\n' | iconv -f UTF-8 -t UTF-16 >wide
	refused "wide: this is UTF-16: convert it first, as with iconv -f UTF-16 -t UTF-8" wide
	printf 'PAR1\025\004\025' >table.parquet
	refused "table.parquet: this is Parquet and not text: write it as CSV first" table.parquet
}

# pack_all: text.svm in a packed file of each kind, called packed.KIND.
pack_all() {
	gzip <text.svm >packed.gz
	bzip2 <text.svm >packed.bz2
	xz <text.svm >packed.xz
	zstd -q <text.svm >packed.zst
	tar cf packed.tar text.svm
	tar czf packed.tgz text.svm
	tar cJf packed.txz text.svm
	zip -q packed.zip text.svm
}

@test "packed files are read, by what is in them and not by name" {
	sv-gen -n 3000 -d 100 -p 0.1 | sv-cat -f libsvm >text.svm
	pack_all
	for f in packed.*; do
		echo "$f"
		rows "$f" | cmp - text.svm
		rows <"$f" | cmp - text.svm
		# shellcheck disable=SC2002
		cat "$f" | rows - | cmp - text.svm
		cp "$f" any
		rows any | cmp - text.svm
	done
}

@test "several files, packed or not, and standard input, are one" {
	printf '1 1:1' >a
	printf '2 2:2\n' | xz >b
	printf '3 3:3\n' | gzip | rows a b - a | cmp - <(
		printf '+1 1:1\n2 2:2\n3 3:3\n+1 1:1\n')
	refused "nothing: No such file or directory" a nothing b
	printf '1 1:1\nx\n' >c
	refused "c: line 2: expected a label, found 'x'" a b c
}

@test "streams and members one after the other" {
	printf '1 1:1\n' >a.svm
	printf '2 2:2' >b.svm
	printf '3 3:3\n' >c.svm
	printf '+1 1:1\n2 2:2\n3 3:3\n' >want
	for pack in gzip bzip2 xz zstd; do
		{ $pack <a.svm; { cat b.svm; echo; cat c.svm; } | $pack; } >two
		rows two | cmp - want
	done
	mkdir d d/e
	ln -s ../a.svm d/link
	cp b.svm d/e/b.svm
	gzip <c.svm >d/e/c.svm.gz
	tar cf x.tar a.svm d/e/b.svm d/e/c.svm.gz
	rows x.tar | cmp - want
	tar cf links.tar a.svm d/link d/e/b.svm d/e/c.svm.gz
	rows links.tar 2>err | cmp - want
	[ "$(cat err)" = "sv-shard: links.tar: d/link: passed over, as it is no file" ]
	ln a.svm same.svm
	tar cf links.tar a.svm same.svm b.svm
	refused "links.tar: same.svm: a link to another member, whose rows would count once: pack it as a file (tar --hard-dereference)" links.tar
	{ gzip <a.svm; head -c 70000 /dev/zero; } >zeros
	rows zeros | cmp - <(echo '+1 1:1')
	zip -q x.zip a.svm d/ d/e/ d/e/b.svm d/e/c.svm.gz
	rows x.zip | cmp - want
	# shellcheck disable=SC2002
	cat x.zip | rows | cmp - want
	mkdir nothing
	tar cf none.tar nothing
	refused "none.tar: a tar without files" none.tar
	tar cf tar.tar x.tar
	refused "tar.tar: x.tar: an archive in an archive: unpack it first" \
	    tar.tar
}

@test "errors in a member name it" {
	printf '1 1:1\n1 1:x\n' >a.svm
	tar czf x.tgz a.svm
	refused "x.tgz: a.svm: line 2: expected index:value, found '1:x'" x.tgz
	zip -q x.zip a.svm
	refused "x.zip: a.svm: line 2: expected index:value, found '1:x'" x.zip
}

@test "files that are cut off are refused, wherever that is" {
	sv-gen -n 500 -d 100 -p 0.1 | sv-cat -f libsvm >text.svm
	pack_all
	for f in packed.*; do
		n=$(wc -c <"$f")
		[ "$f" != packed.tar ] || n=$((n - 10240))
		for cut in 600 $((n / 2)) $((n - 9)) $((n - 1)); do
			head -c $cut "$f" >cut
			run --separate-stderr sv-shard -w 1 -o out cut
			echo "$f, $cut of $n bytes: $status, $stderr"
			[ "$status" -eq 1 ]
			[ -z "$output" ]
			[[ $stderr == "sv-shard: cut: "*"cannot be unpacked (cut off, or damaged?): "* ]]
			[ "${#stderr_lines[@]}" -eq 1 ]
			[ ! -e out ]
		done
	done
	head -c 600 packed.gz >cut
	refused "cut: gzip cannot be unpacked (cut off, or damaged?): it ends in the middle" cut
}

@test "files that are damaged are refused" {
	printf '1 1:1\n2 2:2\n' >text.svm
	pack_all
	# One bit of the text, which unpacks well but for its checksum.
	/usr/bin/python3 -c 'import sys, zlib
d = bytearray(open("packed.gz", "rb").read())
for i in range(10, len(d) - 8):
    d[i] ^= 1
    try:
        if len(zlib.decompress(bytes(d[10:-8]), -15)) == 12:
            break
    except zlib.error:
        pass
    d[i] ^= 1
else:
    sys.exit(1)
open("bad.gz", "wb").write(d)'
	refused "bad.gz: gzip cannot be unpacked (cut off, or damaged?): incorrect data check" bad.gz
	{ cat packed.gz; echo '3 3:3'; } >more.gz
	refused "more.gz: gzip cannot be unpacked (cut off, or damaged?): there are other bytes behind its end" more.gz
	{ cat packed.bz2; echo '3 3:3'; } >more.bz2
	refused "more.bz2: bzip2 cannot be unpacked (cut off, or damaged?): there are other bytes behind its end" more.bz2
	zip -q -P secret locked.zip text.svm
	refused "locked.zip: text.svm: zip cannot be unpacked (cut off, or damaged?): Passphrase required for this entry" locked.zip
}

@test "what cannot be read" {
	mkdir dir
	refused "dir: Is a directory" dir
	refused "none: No such file or directory" none
	if [ "$(id -u)" -ne 0 ]; then
		echo '1 1:1' >secret
		chmod 0 secret
		refused "secret: Permission denied" secret
	fi
}
