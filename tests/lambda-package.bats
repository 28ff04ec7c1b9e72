# sv-lambda: packages, also those that are not what they should be.

setup() {
	load jobs.bash
	load functions.bash
	load clients.bash
	jobs_setup
	clients_setup
	limit=60
	api_setup
}

teardown() {
	jobs_teardown
}

# package NAME ENTRY...: a zip of entries NAME:MODE:CONTENT, MODE in octal with
# the type.
package() {
	/usr/bin/python3 -W ignore - "$@" <<'END'
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as z:
    for e in sys.argv[2:]:
        name, mode, content = e.split(":")
        i = zipfile.ZipInfo(name)
        i.external_attr = int(mode, 8) << 16
        if content.startswith("*"):
            content = "0" * int(content[1:])
        z.writestr(i, content, zipfile.ZIP_DEFLATED)
END
}

# refused FILE TEXT: it is no package, for this reason, and nothing is left.
refused() {
	status=0
	timeout 20 sv-lambda -q -b 127.0.0.1:0 -F "f=$1" -- true >out 2>err ||
	    status=$?
	cat err
	[ "$status" -eq 1 ] || return 1
	[ "$(wc -l <err)" -eq 1 ] || return 1
	grep -qF "$1: $2" err || return 1
	[ -z "$(find "$TMPDIR" -name 'sv-lambda-*')" ]
}

@test "packages that are none, or lead elsewhere" {
	cannot="not a zip that can be unpacked"
	f=100755
	package up.zip a/../../x:$f:1
	refused up.zip "$cannot (a/../../x: \"..\" in its name)"
	package root.zip /x:$f:1
	refused root.zip "$cannot (/x: an absolute name)"
	package link.zip l:120777:/ l/x:$f:1
	refused link.zip "$cannot (l: neither a file nor a directory)"
	package device.zip d:020666:
	refused device.zip "$cannot (d: neither a file nor a directory)"
	package twice.zip a:$f:1 a:$f:2
	refused twice.zip "$cannot (a: it is there twice)"
	package under.zip a:$f:1 a/b:$f:2
	refused under.zip "$cannot (a: a file and a directory)"
	package over.zip a/b:$f:1 a:$f:2
	refused over.zip "$cannot (a: it is there twice)"
	package long.zip "$(printf '%0256d' 0):$f:1"
	refused long.zip "$cannot (0000"
	package deep.zip "$(printf 'a/%.0s' $(seq 70))b:$f:1"
	refused deep.zip "$cannot (a/a/"
	package latin.zip X:$f:1
	LC_ALL=C sed -i 's/X/\xff/g' latin.zip
	refused latin.zip "$cannot (?: its name is not UTF-8)"
	package empty.zip
	refused empty.zip "Uploaded file must be a non-empty zip"
	package bomb.zip bootstrap:$f:*262144001
	refused bomb.zip "Unzipped size must be smaller than 262144000 bytes"
	seq 1000 >text.zip
	refused text.zip "$cannot"
	package whole.zip bootstrap:$f:*100000 b:$f:1
	head -c 150 whole.zip >cut.zip
	refused cut.zip "$cannot"
	cp whole.zip flipped.zip
	printf '\377' | dd of=flipped.zip bs=1 seek=50 conv=notrunc 2>dd.err
	refused flipped.zip "$cannot (bootstrap: damaged"
	refused no-such.zip "No such file"
	refused . "not a file"
}

# Found by the fuzzer: the library would end the process.
@test "a package whose parts do not fit" {
	base64 -d >odd.zip <<'END'
UEsDBBQAAAAIAFKBdl2dbq5JIQAAAB8AAAAJAAAAYm9vdHN0cmHLTVHMyMxwK8zTKMvPTNFUqFYo
Si0pLcpT0DDQtFao5QIAUEsDBBQAAAAIAFGBdl2dbrBJIQAAHwYAAAAAAAAAdHJ1ZS5jy8wrUchN
zMzTKMvPTNFUqFYoSi0pLcpT0DDQtFao5QIAUEsBAhQDFAAAAAgAUoF2XZ1urkkhAAAAHwAAAAkA
AAAAAAAAAAAAAKSBAAAAAGJvb3RzdHJhcFBLAQIUAxQAAAAIAFGBdl2dbq5JIQAAAB8AAAAGAAAA
AAAAAAAAAACkgUgAAAB0cnVlLmNQSwUGAAAAAAIAAgBrAAAAjQAAAAAA
END
	refused odd.zip "not a zip that can be unpacked"
}

@test "a package without a program is told of at once" {
	package none.zip b:100755:x
	sv-lambda -b 127.0.0.1:0 -q -F f=none.zip -- true 2>err
	grep -q "none.zip: there is no file bootstrap at its top" err
	package mode.zip bootstrap:100644:x
	sv-lambda -b 127.0.0.1:0 -q -F f=mode.zip -- true 2>err
	grep -q "mode.zip: its bootstrap is not executable for all" err
	[ "$(wc -l <err)" -eq 1 ]
}

@test "a package as it is unpacked" {
	package ok.zip bootstrap:100755:x lib/data:100640:y ./d/:040700: \
	    é/f:100644:z
	cat >script <<'END'
cd $TMPDIR/sv-lambda-*/code
find 2 -mindepth 1 -printf '%P %m\n' | sort >"$OLDPWD/modes"
cmp 2.zip "$OLDPWD/ok.zip"
curl -s -o "$OLDPWD/again.zip" "$(curl -s $base/functions/ok |
    jq -r .Code.Location)"
cmp 2.zip "$OLDPWD/again.zip"
END
	api -F ok=ok.zip
	printf '%s\n' 'bootstrap 555' 'd 555' 'lib 555' 'lib/data 0' 'é 555' \
	    'é/f 444' >wanted
	diff wanted modes
}
