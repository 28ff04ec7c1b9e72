# shellcheck shell=sh
# Sourced by deploy and teardown: what they ask the AWS CLI, and how they tell.
# Sets name, region, endpoint and dry from the options they share.

me=$(basename "$0")
name=sv
region=
endpoint=${AWS_ENDPOINT_URL_LAMBDA:-}
dry=
changes=0
tab=$(printf '\t')

# No pager, whatever the configuration says.
AWS_PAGER=
export AWS_PAGER

say() {
	printf '%s: %s\n' "$me" "$*" >&2
}

die() {
	say "$*"
	exit 1
}

# misused WHAT: a usage error.
misused() {
	say "$1"
	usage >&2
	exit 2
}

# number WHAT TEXT MIN MAX: a usage error unless it is a number between them.
number() {
	case $2 in
	'' | *[!0-9]* | ??????*) misused "$1 wants a number, not \"$2\"" ;;
	esac
	if [ "$2" -lt "$3" ] || [ "$2" -gt "$4" ]; then
		misused "$1 wants $3 to $4, not $2"
	fi
}

# named TEXT: a usage error unless a function can be called that.
named() {
	case $1 in
	'' | *[!a-zA-Z0-9_-]*)
		misused "-n wants letters, digits, - and _, not \"$1\"" ;;
	esac
	[ ${#1} -le 64 ] || misused "-n wants 64 characters at most"
}

# A directory for what the AWS CLI prints, and a progress line on terminals.
prepare() {
	command -v aws >/dev/null || die "the AWS CLI is missing (aws): \
apt-get install awscli, or see https://aws.amazon.com/cli/"
	tmp=$(mktemp -d) || exit 1
	trap 'rm -rf "$tmp"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	case $endpoint in
	http://127.* | http://localhost* | 'http://[::1]'*) here=1 ;;
	*) here= ;;
	esac
}

# ask SERVICE OPERATION ...: the answer in $tmp/out, the complaint in $tmp/err.
ask() {
	if [ -n "$endpoint" ] && [ "$1" = lambda ]; then
		set -- "$@" --endpoint-url "$endpoint"
	fi
	[ -z "$region" ] || set -- "$@" --region "$region"
	aws "$@" --output text >"$tmp/out" 2>"$tmp/err" </dev/null
}

# The complaint in one line: the CLI's last one says what it is about.
why() {
	# shellcheck disable=SC2016 # that is sed's $, the last line
	sed -n '/[^[:space:]]/h; ${g;p;}' "$tmp/err"
}

# missing: was the complaint that there is no such thing?
missing() {
	grep -Eq '\((ResourceNotFoundException|NoSuchEntity)\)' "$tmp/err"
}

# find_out WHAT SERVICE OPERATION ...: ask about what may be missing (1).
find_out() {
	what=$1
	shift
	ask "$@" && return 0
	missing || die "cannot look at $what: $(why)"
	return 1
}

# change VERB PARTICIPLE WHAT SERVICE OPERATION ...: do it and say so, or say
# that it would be done.
change() {
	verb=$1
	participle=$2
	what=$3
	shift 3
	changes=$((changes + 1))
	if [ -n "$dry" ]; then
		say "would $verb $what"
		return 0
	fi
	ask "$@" || die "cannot $verb $what: $(why)"
	say "$participle $what"
}

# waiting SECONDS WHAT: on a terminal a line that changes, elsewhere one in ten
# seconds.
waiting() {
	if [ -t 2 ]; then
		printf '\r%s: %s, %s s\033[K' "$me" "$2" "$1" >&2
	elif [ $(($1 % 10)) -eq 9 ]; then
		say "$2, $1 s"
	fi
}

waited() {
	[ ! -t 2 ] || printf '\r\033[K' >&2
}

# Who we are to AWS, and where: sets account, partition and region.
identify() {
	[ -n "$region" ] || region=${AWS_REGION:-${AWS_DEFAULT_REGION:-}}
	[ -n "$region" ] || region=$(aws configure get region 2>/dev/null)
	account=000000000000
	partition=aws
	if [ -n "$here" ]; then
		region=${region:-us-east-1}
		return 0
	fi
	[ -n "$region" ] ||
	    die "which region? --region, AWS_REGION, or run aws configure"
	ask sts get-caller-identity --query '[Account,Arn]' ||
	    die "no credentials that work: $(why)"
	# shellcheck disable=SC2034 # for whoever includes this file
	IFS=$tab read -r account arn <"$tmp/out"
	partition=${arn#arn:}
	partition=${partition%%:*}
}

# function_read: what is configured, in fn_*; 1 if there is no such function.
# One that was not made by deploy is not ours to touch.
function_read() {
	find_out "function $name" lambda get-function-configuration \
	    --function-name "$name" --query '[CodeSha256,MemorySize,Timeout,
	    Role,Architectures[0],State,LastUpdateStatus,Description]' ||
	    return 1
	# Some are for one of the two only.
	# shellcheck disable=SC2034
	IFS=$tab read -r fn_sha fn_memory fn_timeout fn_role fn_arch fn_state \
	    fn_update fn_description <"$tmp/out"
	[ "$fn_description" = "$description" ] ||
	    die "function $name is there and was not made by deploy: \
choose another name (-n)"
}

description="sv worker, made by deploy"
