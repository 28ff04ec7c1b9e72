# shellcheck shell=sh
# Set-up shared by tests/run.sh and examples/quickstart.sh: packages, configure
# script, build directory.  To be sourced from the top of the sources.  Every
# function returns non-zero after a message, and does nothing the second time.

# What it takes to build and run, and what the tests want beyond.
SV_RUN_PACKAGES="autoconf automake make gcc libc6-dev pkg-config libzmq3-dev
	libcurl4-openssl-dev libsodium-dev libopenblas-dev libarchive-dev
	libjansson-dev libxxhash-dev libzstd-dev libcsv-dev libmicrohttpd-dev
	libelf-dev zlib1g-dev gnuplot-nox"
# shellcheck disable=SC2034
SV_TEST_PACKAGES="$SV_RUN_PACKAGES libcmocka-dev bats mandoc shellcheck jq openssl
	unzip zip xz-utils bzip2 zstd procps psmisc curl liblinear-tools python3 python3-numpy
	python3-xxhash python3-yaml python3-sklearn
	dataset-fashion-mnist universal-ctags awscli tmux"
# make layer; for another machine, LAYER_HOST, g++-$LAYER_HOST as well.
# shellcheck disable=SC2034
SV_LAYER_PACKAGES="$SV_RUN_PACKAGES ca-certificates dpkg-dev g++ libtool libmbedtls-dev"

sv_say() {
	printf '%s\n' "$*"
}

# sv_log LOG COMMAND...: run it with its talk in LOG, shown if it fails.
sv_log() {
	sv_log_file=$1
	shift
	if "$@" >"$sv_log_file" 2>&1; then
		return 0
	fi
	cat "$sv_log_file"
	sv_say "failed: $*"
	return 1
}

# sv_apt ARGUMENTS...: apt-get as root, patient while another one is at work.
sv_apt() {
	sv_as=
	[ "$(id -u)" -eq 0 ] || sv_as=sudo
	for sv_try in 1 2 3 4 5; do
		if $sv_as env DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
		    -o DPkg::Lock::Timeout=120 "$@" </dev/null; then
			return 0
		fi
		[ "$sv_try" -eq 5 ] || sleep 10
	done
	return 1
}

# sv_packages NAME...: install the Debian packages that are missing.
sv_packages() {
	if ! command -v dpkg-query >/dev/null; then
		sv_say "This is not Debian; what is needed is called there:" "$@"
		return 0
	fi
	sv_missing=
	for sv_p in "$@"; do
		case $(dpkg-query -W -f '${db:Status-Status}' "$sv_p" \
		    2>/dev/null) in
		installed) ;;
		*) sv_missing="$sv_missing $sv_p" ;;
		esac
	done
	[ -n "$sv_missing" ] || return 0
	sv_say "Packages to install:$sv_missing"
	if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
		sv_say "Not root, and no sudo: please have them installed."
		return 1
	fi
	sv_tmp=$(mktemp) || return 1
	# The names are words.
	# shellcheck disable=SC2086
	if sv_log "$sv_tmp" sv_apt update && sv_log "$sv_tmp" sv_apt install \
	    --no-install-recommends $sv_missing; then
		rm -f "$sv_tmp"
		return 0
	fi
	rm -f "$sv_tmp"
	return 1
}

# sv_autoreconf: make the configure script where it is missing or old.
sv_autoreconf() {
	if [ -x configure ] && [ -z "$(find configure.ac ./*/Makefile.am \
	    Makefile.am -newer configure)" ]; then
		return 0
	fi
	mkdir -p m4 build-aux
	sv_tmp=$(mktemp) || return 1
	sv_log "$sv_tmp" autoreconf -fi && rm -f "$sv_tmp"
}

# sv_configure DIR OPTION...: configure in DIR, unless that was done with the
# same options (or with whatever options, if none are given).
sv_configure() {
	sv_dir=$1
	shift
	mkdir -p "$sv_dir" || return 1
	if [ -f "$sv_dir/Makefile" ] &&
	    [ -z "$(find configure -newer "$sv_dir/config.status")" ] &&
	    { [ $# -eq 0 ] ||
	    [ "$(cat "$sv_dir/.options" 2>/dev/null)" = "$*" ]; }; then
		return 0
	fi
	sv_src=$(pwd)
	rm -f "$sv_dir/.options"
	# CC and CFLAGS are arguments as well, so that they are remembered.
	(cd "$sv_dir" && sv_log configure.out "$sv_src/configure" -q "$@") ||
	    return 1
	printf '%s\n' "$*" >"$sv_dir/.options"
}

# sv_jobs: how many compilers may run at once.
sv_jobs() {
	nproc 2>/dev/null || echo 2
}
