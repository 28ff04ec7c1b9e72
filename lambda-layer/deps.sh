#!/bin/sh
# Lean static libraries for the worker on AWS Lambda:
#
#	sh deps.sh [--host TRIPLET] [--sources DIR] [--tls LIBRARY] PREFIX
#
# Builds libzmq and libcurl from Debian's source packages, without the parts
# that a worker has no use for: libzmq keeps TCP and CURVE (libsodium), libcurl
# keeps HTTP.  libsodium, jansson, xxhash, zstd and mbedTLS are built as well
# where --host names another machine; at home the archives of Debian's -dev
# packages do.  The libraries and their headers go to PREFIX/lib and
# PREFIX/include.
#
# The sources come through apt-get and are checked by it as usual.  The list of
# sources is derived from the system's own and private: nothing is changed
# outside PREFIX and DIR, and root is not needed.  DIR (PREFIX/sources) keeps
# what was fetched; if it holds the sources already, nothing is fetched, so
# that what "apt-get source zeromq3 curl libsodium jansson xxhash" left in a
# directory elsewhere will do without a network.
#
# The second time it does nothing.  PREFIX/stamp says what was built of what.
#
# With --tls libcurl speaks https as well: with mbedtls, for which libmbedtls-dev
# is needed, and -lmbedtls -lmbedx509 -lmbedcrypto where it is linked; or, at home,
# with openssl, libssl-dev, -lssl -lcrypto.

set -u
LC_ALL=C
export LC_ALL
unset MAKEFLAGS MFLAGS MAKELEVEL	# of the make that may have called it
packages="zeromq3 curl"
home="libsodium jansson xxhash libzstd"	# from source for other machines only
tls=

say() {
	printf 'deps.sh: %s\n' "$*" >&2
}

usage() {
	echo "usage: deps.sh [--host TRIPLET] [--sources DIR]" \
	    "[--tls mbedtls|openssl] PREFIX" >&2
	exit 2
}

die() {
	say "$@"
	exit 1
}

# absolute DIR: make it, and print its whole name.
absolute() {
	mkdir -p "$1" && (cd "$1" && pwd)
}

host=
sources=
while [ $# -gt 1 ]; do
	case $1 in
	--host) host=$2 ;;
	--sources) sources=$2 ;;
	--tls)
		case $2 in
		mbedtls | openssl) tls=$2 ;;
		*) usage ;;
		esac ;;
	*) usage ;;
	esac
	shift 2
done
case ${1:--} in
-*) usage ;;
esac
prefix=$(absolute "$1") || exit 1
sources=$(absolute "${sources:-$prefix/sources}") || exit 1
self=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")
CC=${host:+$host-}gcc
CXX=${host:+$host-}g++
AR=${host:+$host-}ar
RANLIB=${host:+$host-}ranlib
export CC CXX AR RANLIB
if [ -n "$host" ]; then
	[ "$tls" != openssl ] || die "--tls openssl: not for another machine"
	[ "$tls" != mbedtls ] || home="$home mbedtls"
	packages="$packages $home"
fi

# The libraries are built once for each compiler, recipe and choice.
recipe="$(cksum <"$self") $host $tls $($CC -dumpfullversion 2>/dev/null)"
is_done() {
	[ "$(head -n 1 "$prefix/stamp" 2>/dev/null)" = "$recipe" ]
}
is_done && exit 0

missing=
for tool in "$CC" "$CXX" "$AR" make pkg-config autoreconf libtoolize \
    dpkg-source apt-get flock; do
	command -v "$tool" >/dev/null || missing="$missing $tool"
done
if [ -n "$missing" ]; then
	say "not found:$missing"
	[ -z "$host" ] || die "for --host $host: apt-get install g++-$host"
	die "the packages are SV_LAYER_PACKAGES in tests/setup.sh"
fi

# Fresh; but nothing is removed that somebody else put there.
mine=$prefix/.sv-layer
work=$prefix/build
if [ ! -f "$mine" ]; then
	for f in "$prefix/lib" "$prefix/include" "$work"; do
		[ ! -e "$f" ] || die "$f is there already, and not of mine:" \
		    "name a directory of its own"
	done
fi
# Somebody else may be at it with the same PREFIX.
: >"$mine" && exec 9<"$mine" && flock 9 || exit 1
is_done && exit 0
rm -rf "$prefix/stamp" "$work" "${prefix:?}/lib" "$prefix/include"
mkdir -p "$work" "$prefix/lib" "$prefix/include" || exit 1

# The system's own sources of packages, where they are Debian's (or Ubuntu's),
# turned into sources of source packages, in $1.
source_list() {
	mkdir -p "$1" || return 1
	# shellcheck disable=SC2016
	uris=$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' \
	    'Created-By: Packages' 2>/dev/null |
	    awk '$1 == "Debian" || $1 == "Ubuntu" { print $2 }' | sort -u)
	n=0
	for f in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
		[ -f "$f" ] || continue
		n=$((n + 1))
		case $f in
		*.sources)
			# Paragraphs; those without a URI of ours go.
			URIS=$uris awk 'BEGIN { RS = ""; ORS = "\n\n"
				n = split(ENVIRON["URIS"], uri) }
			{ gsub(/(^|\n)#[^\n]*/, ""); keep = n == 0
			for (i = 1; i <= n; i++) {
				sub(/\/$/, "", uri[i])
				if (index($0, uri[i]))
					keep = 1
			} }
			keep { gsub(/(^|\n)Types:[^\n]*/, "\nTypes: deb-src")
				sub(/^\n/, ""); print }' "$f" >"$1/$n.sources" ;;
		*.list)
			URIS=$uris awk 'BEGIN { n = split(ENVIRON["URIS"], uri) }
			/^deb(-src)?[ \t]/ { keep = n == 0
			for (i = 1; i <= n; i++) {
				sub(/\/$/, "", uri[i])
				if (index($0, uri[i]))
					keep = 1
			} }
			/^deb(-src)?[ \t]/ && keep {
				sub(/^deb(-src)?/, "deb-src"); print }' \
			    "$f" | sort -u >"$1/$n.list" ;;
		esac
	done
}

# Fetch what is missing in $sources, one at a time.
fetch() {
	wanted=
	flock 8
	for p in $packages; do
		set -- "$sources/$p"_*.dsc
		[ -f "$1" ] || wanted="$wanted $p"
	done
	[ -n "$wanted" ] || return 0
	source_list "$work/apt/etc" || return 1
	mkdir -p "$work/apt/lists/partial" "$work/apt/cache/archives/partial"
	# apt-get's own user cannot get at a private directory.
	set -- -qq -o Dir::Etc::sourcelist=/dev/null \
	    -o Dir::Etc::sourceparts="$work/apt/etc" \
	    -o Dir::State::lists="$work/apt/lists" \
	    -o Dir::Cache="$work/apt/cache" -o Acquire::Languages=none \
	    -o APT::Sandbox::User="$(id -un)" -o Acquire::Retries=2
	apt-get "$@" update
	# shellcheck disable=SC2086
	(cd "$sources" && apt-get "$@" source --download-only $wanted)
}

# unpack PACKAGE: in $work/PACKAGE.
unpack() {
	set -- "$1" "$sources/$1"_*.dsc
	[ $# -eq 2 ] || {
		echo "$sources holds more than one version of $1"
		return 1
	}
	dpkg-source --no-copy -x "$2" "$work/$1"
}

# configure PACKAGE ARGUMENT...: beside its sources, with what all of them get.
# Some sources have no configure script; where there is one, Debian's patches
# may make it look old, but it is not made again.
configure() {
	name=$1
	shift
	[ -x "$work/$name/configure" ] ||
	    (cd "$work/$name" && autoreconf -fi) || return 1
	mkdir -p "$work/$name.o" && cd "$work/$name.o" &&
	    "../$name/configure" -q --prefix="$prefix" ${host:+--host="$host"} \
	    --disable-shared --enable-static --disable-dependency-tracking \
	    ACLOCAL=: AUTOCONF=: AUTOMAKE=: AUTOHEADER=: "$@"
}

lean="-Os -ffunction-sections -fdata-sections -fvisibility=hidden"
fast="-O2 -ffunction-sections -fdata-sections"

build_zeromq3() {
	unpack zeromq3 &&
	    CFLAGS=$lean CXXFLAGS=$lean configure zeromq3 --disable-perf \
	    --disable-curve-keygen --disable-libbsd --disable-libunwind \
	    --disable-Werror --disable-drafts --with-libsodium --without-docs \
	    --without-libgssapi_krb5 --without-pgm --without-norm \
	    --without-vmci &&
	    make -s -j"$jobs" src/libzmq.la &&
	    cp src/.libs/libzmq.a "$prefix/lib/" &&
	    cp ../zeromq3/include/zmq*.h "$prefix/include/"
}

build_curl() {
	case $tls in
	mbedtls) set -- --without-openssl --with-mbedtls${host:+="$prefix"} ;;
	openssl) set -- --with-openssl ;;
	*) set -- --without-ssl ;;
	esac
	unpack curl && CFLAGS=$lean configure curl "$@" --without-zlib \
	    --without-brotli --without-zstd --without-libpsl --without-libidn2 \
	    --without-nghttp2 --without-librtmp --without-libssh2 \
	    --without-libgsasl --without-ca-bundle --without-ca-path \
	    --disable-ldap --disable-ldaps --disable-rtsp --disable-dict \
	    --disable-telnet --disable-tftp --disable-pop3 --disable-imap \
	    --disable-smb --disable-smtp --disable-gopher --disable-mqtt \
	    --disable-ftp --disable-file --disable-manual --disable-cookies \
	    --disable-netrc --disable-unix-sockets --disable-alt-svc \
	    --disable-hsts --disable-ntlm --disable-tls-srp --disable-doh \
	    --disable-http-auth --disable-crypto-auth --disable-mime \
	    --disable-dateparse --disable-libcurl-option \
	    --disable-get-easy-options --disable-threaded-resolver &&
	    make -s -j"$jobs" -C lib &&
	    cp lib/.libs/libcurl.a "$prefix/lib/" &&
	    mkdir -p "$prefix/include/curl" &&
	    cp ../curl/include/curl/*.h "$prefix/include/curl/"
}

build_libsodium() {
	unpack libsodium && CFLAGS=$fast configure libsodium --disable-ssp &&
	    make -s -j"$jobs" install
}

build_jansson() {
	unpack jansson && CFLAGS=$fast configure jansson &&
	    make -s -j"$jobs" install
}

# One file.
# shellcheck disable=SC2086
build_xxhash() {
	unpack xxhash && cd "$work/xxhash" &&
	    $CC $fast -c xxhash.c && $AR cr libxxhash.a xxhash.o &&
	    cp libxxhash.a "$prefix/lib/" && cp xxhash.h "$prefix/include/"
}

# Nothing that compresses, and no format of before.
build_libzstd() {
	unpack libzstd && cd "$work/libzstd/lib" &&
	    make -s -j"$jobs" libzstd.a CC="$CC" AR="$AR" CFLAGS="$fast" \
	    ZSTD_LIB_COMPRESSION=0 ZSTD_LIB_DICTBUILDER=0 \
	    ZSTD_LIB_DEPRECATED=0 ZSTD_LEGACY_SUPPORT=0 &&
	    cp libzstd.a "$prefix/lib/" && cp zstd.h zstd_errors.h \
	    "$prefix/include/"
}

build_mbedtls() {
	unpack mbedtls && cd "$work/mbedtls" &&
	    make -s -j"$jobs" -C library static CC="$CC" AR="$AR" \
	    CFLAGS="$lean" && cp library/libmbed*.a "$prefix/lib/" &&
	    cp -r include/mbedtls include/psa "$prefix/include/"
}

# build PACKAGE: with its talk in a log of its own.
build() {
	if ("build_$1") >"$work/$1.log" 2>&1 </dev/null; then
		return 0
	fi
	tail -n 30 "$work/$1.log" >&2
	say "$1 was not built; the whole log is $work/$1.log"
	return 1
}

if ! fetch >"$work/fetch.log" 2>&1 </dev/null 8<"$sources"; then
	cat "$work/fetch.log" >&2
	say "the sources of$wanted could not be fetched. Without them: put what"
	say "'apt-get source --download-only $packages'"
	say "leaves elsewhere into $sources and repeat; or"
	die "pack the dynamic program: sv-pack --loader -o function.zip bootstrap"
fi
if [ -n "$host" ]; then
	# Nothing of this machine.
	PKG_CONFIG_LIBDIR=$prefix/lib/pkgconfig
	PKG_CONFIG_PATH=
	export PKG_CONFIG_LIBDIR PKG_CONFIG_PATH
fi
jobs=$(nproc 2>/dev/null || echo 2)

# Configure scripts keep one processor busy; so two at a time.
build_curl_and_more() {
	case "$host $tls" in
	?*' mbedtls') build mbedtls || return 1 ;;
	esac
	build curl || return 1
	[ -z "$host" ] || { build jansson && build xxhash && build libzstd; }
}
build_curl_and_more &
curl=$!
trap 'kill $curl 2>/dev/null; exit 130' INT TERM
{ [ -z "$host" ] || build libsodium; } && build zeromq3
status=$?
wait $curl && [ $status -eq 0 ] || exit 1

{
	printf '%s\n' "$recipe"
	for p in $packages; do
		sed -n 's/^Source: //p;s/^Version: //p' "$sources/$p"_*.dsc |
		    paste -s -d ' '
	done
} >"$work/stamp"
mv "$work/stamp" "$prefix/stamp" && rm -rf "$work"
