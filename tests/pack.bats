# sv-pack: archives for AWS Lambda, and what does not get into one.

bats_require_minimum_version 1.5.0

setup() {
	load packages.bash
	cd "$BATS_TEST_TMPDIR"
	umask 022
	unset SOURCE_DATE_EPOCH LD_LIBRARY_PATH
	echo 'int main(void) { return (0); }' >true.c
}

# compile OUTPUT ARGUMENTS...
compile() {
	$SV_CC -o "$@" || skip "$SV_CC cannot make it: $*"
}

# A program that needs libone.so, that needs libtwo.so, both in lib/ beside it.
family() {
	mkdir -p lib
	echo 'int two(void); int two(void) { return (2); }' >two.c
	echo 'int two(void); int one(void); int one(void) { return (two()); }' \
	    >one.c
	echo 'int one(void); int main(void) { return (one() != 2); }' >main.c
	compile lib/libtwo.so -shared -fPIC -Wl,-soname,libtwo.so two.c
	# shellcheck disable=SC2016
	compile lib/libone.so -shared -fPIC -Wl,-soname,libone.so one.c \
	    -Llib -ltwo -Wl,-rpath,'$ORIGIN'
	# shellcheck disable=SC2016
	compile prog main.c -Llib -lone -Wl,-rpath-link,lib \
	    -Wl,-rpath,'$ORIGIN/lib'
	./prog
}

# list ZIP: mode, system and name of each entry.
list() {
	/usr/bin/python3 -c 'import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
for i in z.infolist():
	print("%o" % (i.external_attr >> 16), i.create_system, i.filename)' "$1"
}

# fails MESSAGE ARGUMENTS...: no archive, and this line, a pattern.
fails() {
	local want=$1
	shift
	run --separate-stderr sv-pack -o out.zip "$@"
	echo "sv-pack $*: $status: $stderr"
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	# shellcheck disable=SC2053
	[[ ${stderr_lines[0]} == "sv-pack: "$want ]]
	[ ! -e out.zip ]
	[ -z "$(ls out.zip.* 2>/dev/null)" ]
}

@test "a static program is the bootstrap, and all there is" {
	compile prog -static true.c
	sv-pack prog >table 2>err
	[ ! -s err ]
	[ "$(list function.zip)" = "100755 3 bootstrap" ]
	unpack function.zip x
	cmp prog x/bootstrap
	x/bootstrap
	cat table
	size=$(stat -c %s prog)
	[ "$(awk '{ print NF, $1, $3 }' table)" = "3 bytes name
3 $size bootstrap
3 $size function.zip" ]
	[ "$(awk 'END { print $2 }' table)" = "$(stat -c %s function.zip)" ]
}

@test "a script is packed as it is" {
	printf '#!/bin/sh\necho hello\n' >hello
	sv-pack -o a.zip hello >table
	unpack a.zip x
	cmp hello x/bootstrap
	[ "$(x/bootstrap)" = hello ]
	fails 'hello: a script, *' --layer hello
	fails 'hello: a script, *' --loader hello
}

@test "a dynamic program comes with its libraries, but not with glibc" {
	family
	sv-pack -v prog >table 2>err
	cat table err
	[ "$(list function.zip)" = "100755 3 bootstrap
40755 3 lib/
100644 3 lib/libone.so
100644 3 lib/libtwo.so" ]
	[ "$(wc -l <err)" -eq 2 ]
	grep -qx "sv-pack: libone.so: $PWD/lib/libone.so, for prog" err
	unpack function.zip x
	LD_LIBRARY_PATH=$PWD/x/lib x/bootstrap
}

@test "libraries are found through LD_LIBRARY_PATH" {
	family
	mv lib elsewhere
	fails 'libone.so: not found, and prog needs it' prog
	LD_LIBRARY_PATH=/nowhere::elsewhere sv-pack prog >table
	list function.zip | grep -q 'lib/libtwo.so'
	rm elsewhere/libtwo.so
	LD_LIBRARY_PATH=elsewhere fails \
	    'libtwo.so: not found, and elsewhere/libone.so needs it' prog
}

@test "a layer holds the libraries alone" {
	family
	sv-pack --layer prog >table
	[ "$(list layer.zip)" = "40755 3 lib/
100644 3 lib/libone.so
100644 3 lib/libtwo.so" ]
	sv-pack --layer --loader -o all.zip prog >table
	list all.zip >names
	cat names
	grep -q '^100755 3 lib/ld-linux' names
	grep -q '^100644 3 lib/libc.so.6' names
	run ! grep -qE 'bootstrap|bin/' names
	compile static -static true.c
	fails 'static: a static program, *' --layer static
	fails 'static: a static program, *' --loader static
}

@test "with its loader a program runs where there is nothing else" {
	family
	sv-pack --loader prog >table
	list function.zip >names
	cat names
	grep -qx '100755 3 bootstrap' names
	grep -qx '100755 3 bin/prog' names
	unpack function.zip x
	cat x/bootstrap
	[ "$(wc -l <x/bootstrap)" -eq 3 ]
	x/bootstrap
	(cd x && sh bootstrap)
	[ "$(id -u)" -eq 0 ] || skip "chroot wants root"
	# There is no shell there: what the script runs.
	ld=$(sed -n 's,.*/lib/\(ld-linux[^"]*\)".*,\1,p' x/bootstrap)
	/usr/sbin/chroot x "/lib/$ld" --library-path /lib /bin/prog
}

@test "the worker itself goes with its loader, and into a layer" {
	sv-pack --loader -o w.zip "$(command -v sv-worker)" >table
	cat table
	list w.zip | grep -q 'lib/libzmq.so'
	list w.zip | grep -q 'lib/libstdc++.so'
	[ "$(stat -c %s w.zip)" -lt 20000000 ]
	# An own sanitizer wants to be the first library.
	[ -z "$SV_SANITIZED" ] || return 0
	unpack w.zip x
	x/bootstrap --version | grep -q '^sv-worker (sv) '
	[ "$(id -u)" -eq 0 ] || skip "chroot wants root"
	ld=$(cd x/lib && echo ld-linux*)
	/usr/sbin/chroot x "/lib/$ld" --library-path /lib /bin/sv-worker \
	    --version | grep -q '^sv-worker (sv) '
}

@test "the same files make the same archive" {
	family
	echo data >data
	sv-pack --add data --add data=z/y/x prog -o 1.zip >table1
	touch -d 2001-02-03 prog lib/* data
	chmod 0700 prog lib/libone.so
	mkdir other
	cp -r prog lib data other
	(cd other && umask 077 && TZ=Asia/Tokyo LC_ALL=C.UTF-8 \
	    sv-pack --add data=z/y/x --add data prog -o ../2.zip) >table2
	cmp 1.zip 2.zip
	[ "$(stat -c %a 1.zip)" = 644 ]
	[ "$(stat -c %a 2.zip)" = 600 ]
	head -n -1 table1 | cmp - <(head -n -1 table2)
	SOURCE_DATE_EPOCH=1700000000 sv-pack --add data --add data=z/y/x \
	    prog -o 3.zip >table
	run ! cmp -s 1.zip 3.zip
	/usr/bin/python3 -c 'import zipfile
assert {i.date_time for i in zipfile.ZipFile("1.zip").infolist()} == {
	(1980, 1, 1, 0, 0, 0)}
assert {i.date_time for i in zipfile.ZipFile("3.zip").infolist()} == {
	(2023, 11, 14, 22, 13, 20)}'
	SOURCE_DATE_EPOCH=1 sv-pack --add data --add data=z/y/x prog -o 4.zip
	cmp 1.zip 4.zip
	for t in x 1x -1 99999999999 99999999999999999999; do
		SOURCE_DATE_EPOCH=$t fails 'SOURCE_DATE_EPOCH: *' prog
	done
}

@test "more files: their names and modes" {
	compile prog -static true.c
	echo data >data
	cp data run
	chmod 755 run
	echo eq >a=b
	sv-pack --add data --add run=bin/go --add data=etc/x/data \
	    --add a=b=eq prog >table
	[ "$(list function.zip)" = "40755 3 bin/
100755 3 bin/go
100755 3 bootstrap
100644 3 data
100644 3 eq
40755 3 etc/
40755 3 etc/x/
100644 3 etc/x/data" ]
	for name in /x ../x x/../y x//y ./x x/ '' "$(printf 'a\nb')"; do
		fails '*: not a name that a file of a package can have' \
		    --add "data=$name" prog
	done
	fails 'bootstrap: there would be two files *' --add data=bootstrap prog
	fails 'x: cannot be both a file and a directory *' --add data=x \
	    --add data=x/y prog
	fails 'nothing: No such file or directory' --add nothing prog
	fails '/dev/null: not a regular file' --add /dev/null prog
	mkfifo fifo
	fails 'fifo: not a regular file' --add fifo prog
	fails 'lib: Is a directory' --add "$(mkdir lib; echo lib)" prog
}

@test "what a library needs that was added comes too" {
	family
	compile dynamic true.c
	sv-pack --add lib/libone.so=lib/plugin.so dynamic >table
	list function.zip | grep -q lib/libtwo.so
}

@test "who asks for a newer glibc than the target's is refused" {
	printf '%s\n' '#define _DEFAULT_SOURCE' '#include <stdlib.h>' \
	    'int main(void) { return (arc4random() == 1); }' >new.c
	$SV_CC -Wl,--no-as-needed -o new new.c 2>/dev/null ||
	    skip "this glibc has no arc4random()"
	fails 'new asks for GLIBC_2.36, and the target*2.34:*--loader' new
	fails 'new asks for GLIBC_2.36, and the target*2.35.9:*' \
	    --glibc 2.35.9 new
	sv-pack --glibc 2.36 new >table
	sv-pack --glibc 3.0 new >table
	sv-pack --loader new >table
	# A library of the program as well.
	sed 's/main/one/' new.c >one.c
	echo 'int one(void); int main(void) { return (one()); }' >main.c
	compile libone.so -shared -fPIC one.c
	compile prog main.c ./libone.so -Wl,--allow-shlib-undefined
	fails './libone.so asks for GLIBC_2.36, *' prog
	for v in '' 2 2. .34 2.34.1.1 2x 99999999.1 -1.2; do
		run sv-pack --glibc "$v" new
		echo "$output"
		[ "$status" -eq 2 ]
		[[ ${lines[0]} == "sv-pack: --glibc $v: expected a version "* ]]
	done
}

@test "all files are for one machine" {
	family
	# EM_AARCH64, and one that no function runs on.
	cp lib/libone.so arm.so
	case $(uname -m) in
	x86_64) printf '\267\000' ;;
	*) printf '\076\000' ;;
	esac | dd of=arm.so bs=1 seek=18 conv=notrunc 2>/dev/null
	cp arm.so other.so
	printf '\026\000' | dd of=other.so bs=1 seek=18 conv=notrunc 2>/dev/null
	fails 'arm.so is for *, and prog for *' --add arm.so prog
	fails 'other.so: an ELF file for a machine *' --add other.so prog
	cp arm.so lib/libone.so
	fails 'libone.so: not found for prog, which is for *;*for another*' prog
	# One that comes later in the search will do.
	mkdir later
	cp lib/libtwo.so later
	compile later/libone.so -shared -fPIC -Wl,-soname,libone.so one.c \
	    -Llater -ltwo
	cp arm.so lib/libtwo.so
	LD_LIBRARY_PATH=lib:later sv-pack prog >table
	unpack function.zip x
	cmp later/libtwo.so x/lib/libtwo.so
}

@test "what is no program is refused" {
	family
	echo text >text
	: >empty
	printf '#' >short
	for f in text empty short; do
		fails "$f: neither an ELF program nor a script *" $f
	done
	fails 'lib/libone.so: a shared library, not a program' lib/libone.so
	compile object.o -c true.c
	fails 'object.o: an ELF file that is neither *' object.o
	fails 'missing: No such file or directory' missing
	cp prog 'a b'
	sv-pack -o ab.zip 'a b' >table
	fails 'a b: not a name for a script: *' --loader 'a b'
	fails '.: Is a directory' .
	head -c 64 prog >header
	fails 'header: *ELF file*' header
	head -c 2000 prog >cut
	fails 'cut: a truncated ELF file' cut
}

# Whatever is in the file: a line and status 1, or an archive.
@test "damaged files do no harm" {
	family
	/usr/bin/python3 - <<'END'
import random, subprocess
good = open("prog", "rb").read()
random.seed(1)
def check(data, what):
	open("bad", "wb").write(data)
	p = subprocess.run(["sv-pack", "-o", "bad.zip", "bad"],
	    capture_output=True, timeout=60)
	assert p.returncode in (0, 1), (what, p)
	assert (p.returncode == 0) == (p.stderr == b""), (what, p)
	assert (p.returncode == 0) == (p.stdout != b""), (what, p)
for n in sorted(random.sample(range(1, len(good)), 60)):
	check(good[:n], "cut at %d" % n)
# The header, the segments, and the tables behind them.
for i in range(140):
	bad = bytearray(good)
	limit = (64, 64 + 56 * 13, 0x800, len(good))[i % 4]
	for _ in range(random.choice((1, 2, 8))):
		bad[random.randrange(4, limit)] = random.choice(
		    (0, 1, 127, 128, 255, random.randrange(256)))
	check(bytes(bad), "flipped %d" % i)
check(b"\x7fELF" + random.randbytes(4000), "noise")
END
}

@test "certificates go with what reads some, or where they are named" {
	compile prog -static true.c
	printf -- '-----BEGIN CERTIFICATE-----\nx\n' >ca.pem
	sv-pack -o plain.zip prog >table
	[ "$(list plain.zip)" = "100755 3 bootstrap" ]
	sv-pack -o with.zip --ca ca.pem prog >table
	list with.zip | grep -qx '100644 3 ca-bundle.crt'
	unzip -p with.zip ca-bundle.crt | cmp - ca.pem
	# By a word that is in every library for them.
	printf 'const char word[] = "-----BEGIN CERTIFICATE-----";
	int main(void) { return (word[0] == 0); }\n' >tls.c
	compile tls -static tls.c
	if [ -r /etc/ssl/certs/ca-certificates.crt ]; then
		sv-pack -v -o tls.zip tls >table 2>err
		grep -q '^sv-pack: ca-bundle.crt: /etc/ssl/certs/ca-cert' err
		unzip -p tls.zip ca-bundle.crt |
		    cmp - /etc/ssl/certs/ca-certificates.crt
	fi
	sv-pack -o none.zip --no-ca tls >table
	[ "$(list none.zip)" = "100755 3 bootstrap" ]
	fails 'true.c: no certificates: expected -----BEGIN*' --ca true.c prog
	fails 'nowhere*No such file*' --ca nowhere prog
}

@test "an archive that cannot be written leaves the old one" {
	compile prog -static true.c
	fails '*/out.zip: *' -o none/out.zip prog
	sv-pack -o old.zip prog >table
	cp old.zip keep.zip
	fails 'nothing: *' -o old.zip nothing
	cmp old.zip keep.zip
	[ "$(find . -name '*.zip*' | wc -l)" -eq 2 ]
	mkdir dir.zip
	fails 'dir.zip: *' -o dir.zip prog
	[ -z "$(find . -name 'dir.zip.*')" ]
	# The table is output as well.
	run sh -c 'sv-pack -o full.zip prog >/dev/full'
	[ "$status" -eq 1 ]
}

@test "what AWS Lambda does not take is refused, or warned about" {
	compile prog -static true.c
	truncate -s 300M large
	fails 'large: larger than what AWS Lambda takes' --add large prog
	truncate -s 150M half
	fails 'b: with this file the package has more than 262144000 bytes*' \
	    --add half=a --add half=b prog
	[ -z "$SV_SANITIZED" ] || skip "slow with sanitizers"
	head -c 53000000 /dev/urandom >noise
	sv-pack --add noise prog >table 2>err
	[ "$(cat err)" = "sv-pack: function.zip: more than 52428800 bytes, which \
cannot be uploaded but through S3" ]
	sv-pack -q --add noise prog >table 2>err
	[ ! -s err ]
}

@test "usage" {
	run sv-pack
	echo "$output"
	[ "$status" -eq 2 ]
	[ "${lines[0]}" = "sv-pack: expected a program to pack" ]
	run sv-pack a b
	[ "$status" -eq 2 ]
	[ "${lines[0]}" = "sv-pack: unexpected argument 'b'" ]
}
