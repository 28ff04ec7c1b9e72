# shellcheck shell=sh
# Data sets of bench.sh, which sources this and has made $tmp: LIBSVM text.
# Those that Debian does not ship are looked for in ../shared/data beside the
# sources.
# shellcheck disable=SC2154

examples=/usr/share/doc/liblinear-tools/examples
fashion=/usr/share/datasets/fashion-mnist

# the_data NAME: make $tmp/NAME.txt, or say why that cannot be.
the_data() {
	[ ! -s "$tmp/$1.txt" ] || return 0
	case $1 in
	paper)
		the_text && ln -s text "$tmp/paper.txt" ;;
	heart)
		[ -f "$examples/heart_scale" ] || {
			echo "  heart: package liblinear-tools is missing"
			return 1
		}
		cp "$examples/heart_scale" "$tmp/heart.txt" ;;
	fashion)
		[ -f "$fashion/train-images-idx3-ubyte.gz" ] || {
			echo "  fashion: dataset-fashion-mnist is missing"
			return 1
		}
		gzip -dc "$fashion/train-images-idx3-ubyte.gz" >"$tmp/images" &&
		    gzip -dc "$fashion/train-labels-idx1-ubyte.gz" \
		    >"$tmp/labels" &&
		    idx "$tmp/images" "$tmp/labels" 6 |
		    sed "${BENCH_SMALL:+1000q}" >"$tmp/fashion.txt"
		rm -f "$tmp/images" "$tmp/labels" ;;
	*)
		[ -f "$SV_SRCDIR/../shared/data/$1.xz" ] || {
			echo "  $1: $1.xz is not in ../shared/data"
			return 1
		}
		xz -dc "$SV_SRCDIR/../shared/data/$1.xz" >"$tmp/$1.txt" ;;
	esac
}

# called NAME: what a table calls it.
called() {
	case $1 in
	paper) echo "the paper's" ;;
	fashion) echo fashion-mnist ;;
	heart) echo heart_scale ;;
	*) echo "$1" ;;
	esac
}

# cut_for NAME W: make $tmp/NAME-W.svf, the problem for W workers.
cut_for() {
	[ ! -s "$tmp/$1-$2.svf" ] || return 0
	if [ "$1" = paper ]; then
		# shellcheck disable=SC2086
		sv-gen $problem >"$tmp/$1-$2.svf"
	else
		sv-shard -w "$2" -o "$tmp/$1-$2" "$tmp/$1.txt" \
		    >"$tmp/$1-$2.svf"
	fi
}

# run_on NAME W MASTER ARGUMENT...: a run, in $tmp/run.svf with all its globals.
# A limit that is reached is none of this one's troubles.
run_on() {
	cut_for "$1" "$2" || return 1
	from=$tmp/$1-$2.svf
	w=$2
	shift 2
	rm -f "$tmp/run.svf"
	sv-spawn -q -w "$w" -x sv-worker <"$from" 2>"$tmp/err" |
	    sv-hub -q --globals 1 -o "$tmp/run.svf" -- "$@" -q \
	    >/dev/null 2>>"$tmp/err"
	status=$?
	[ $status -eq 0 ] || [ $status -eq 3 ]
}

# The least F of l1 logistic regression with lambda = 1, or nothing: a8a and
# reuters from an independent solver, ten digits; the paper's from LIBLINEAR.
least() {
	case $1 in
	a8a) echo 7449.0224741 ;;
	reuters) echo 982.7595857 ;;
	paper)
		have liblinear-train || return 0
		[ -s "$tmp/least" ] || OPENBLAS_NUM_THREADS=1 liblinear-train \
		    -s 6 -c 1 -e 1e-9 "$tmp/paper.txt" "$tmp/m" |
		    sed -n 's/^Objective value = //p' >"$tmp/least"
		cat "$tmp/least" ;;
	esac
}
