#!/bin/sh
# One kind of clothes against all others:
#	sh examples/10-fashion-mnist.sh [--small | CLASS]
#
# The images of Debian's dataset-fashion-mnist: 60,000 to learn from and 10,000 to
# try, of 28 x 28 pixels each, in ten classes: 0 T-shirt, 1 trousers, 2 pullover,
# 3 dress, 4 coat, 5 sandal, 6 shirt, 7 sneaker, 8 bag, 9 boot.  The default is 2.

set -u
case "$#,${1:-}" in
0, | 1,--small | 1,[0-9]) ;;
*)
	echo "usage: sh examples/10-fashion-mnist.sh [--small | CLASS]" >&2
	exit 2 ;;
esac
. "$(dirname "$0")/common.sh"
train=60000
try=10000
class=${1:-2}
if small "$@"; then
	train=1500
	try=500
	class=2
fi
data=/usr/share/datasets/fashion-mnist
if [ ! -d $data ]; then
	echo "There are no images: apt-get install dataset-fashion-mnist" >&2
	exit 1
fi
cd "$work" || exit 1

# images NAME ROWS: a line an image, its label and 784 pixels, 0 to 255.  Behind
# headers of 8 and of 16 bytes the files hold one byte each.
images() {
	gzip -dc "$data/$1-labels-idx1-ubyte.gz" | tail -c +9 |
	    od -An -v -tu1 -w1 -N "$2" >labels
	gzip -dc "$data/$1-images-idx3-ubyte.gz" 2>/dev/null | tail -c +17 |
	    od -An -v -tu1 -w784 -N $((784 * $2)) | paste -d '\0' labels - |
	    tr -s ' ' , | cut -c 2-
}

step "Images as lines of text, packed" \
    "images train $train | gzip -1 >train.csv.gz; images t10k $try >t10k.csv"
images train $train | gzip -1 >train.csv.gz
images t10k $try >t10k.csv
head -n 1 t10k.csv | cut -c 1-72

step "Cut them up: class $class against all others, pixels scaled, kept in f32" \
"sv-shard -v -w 2 -o shards --no-header --label 1 --positive $class \\
    --scale standard --f32 train.csv.gz >problem.svf"
sv-shard -v -w 2 -o shards --no-header --label 1 --positive "$class" \
    --scale standard --f32 train.csv.gz >problem.svf || exit

step "Fit, with an intercept" \
"sv-spawn -x sv-worker <problem.svf |
    sv-hub -o run.svf -- sv-admm --l2 100 --intercept >/dev/null"
sv-spawn -x sv-worker <problem.svf |
    sv-hub -q -o run.svf -- sv-admm --l2 100 --intercept >/dev/null
status=$?
[ "$status" -eq 0 ] || [ "$status" -eq 3 ] || exit "$status"

step "How good is it on images that it has not seen?" \
    "sv-predict -m run.svf t10k.csv"
sv-predict -m run.svf t10k.csv
