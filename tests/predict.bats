bats_require_minimum_version 1.5.0

# sv-predict, beside LIBLINEAR and scikit-learn and by itself.

setup() {
	set -o pipefail
	cd "$BATS_TEST_TMPDIR"
	data=$SV_SRCDIR/../shared/data
	heart=/usr/share/doc/liblinear-tools/examples/heart_scale
}

need() {
	for one in "$@"; do
		command -v "$one" >/dev/null || skip "$one is not installed"
	done
	[ -f "$heart" ] || skip "liblinear-tools has no heart_scale here"
}

# known: the data sets that are there, as files here.
known() {
	cp "$heart" heart
	echo heart
	for one in a8a reuters; do
		[ ! -f "$data/$one.xz" ] || xz -dc "$data/$one.xz" >$one
		[ ! -f $one ] || echo $one
	done
}

# fit FILE "SHARD OPTIONS" MASTER OPTION...: the run of that, in run.svf.
fit() {
	local rows=$1 options=$2
	shift 2
	rm -rf shards
	# shellcheck disable=SC2086
	sv-shard -q -w 2 -o shards $options "$rows" |
	    sv-spawn -q -w 2 -x sv-worker |
	    sv-hub -q -o run.svf -- sv-admm -q "$@" >/dev/null
}

# small: some rows with the labels given, in their order, as LIBSVM text.
small() {
	awk -v labels="$*" 'BEGIN {
		n = split(labels, label, " ")
		for (i = 0; i < 60; i++)
			print label[i % n + 1], "1:" (i % n) * 2 - 1 + i % 7 / 3,
			    "2:" i % 5, "4:" 1 + i % 3
	}'
}

# fails STATUS MESSAGE ARGUMENT...: sv-predict fails so, with nothing on stdout.
fails() {
	local want_status=$1 want=$2
	shift 2
	run --separate-stderr sv-predict "$@" </dev/null
	echo "sv-predict $*: $status: $stderr"
	[ "$status" -eq "$want_status" ]
	[ -z "$output" ]
	[ "${stderr_lines[0]}" = "sv-predict: $want" ]
}

# same MODEL ROWS: liblinear-predict says the same of every row.
same() {
	liblinear-predict "$2" "$1" theirs >said
	sv-predict -o ours -m -f tsv "$1" "$2" >metrics
	# The same numbers, which they write with more digits.
	awk '{ printf("%.17g\n", $1) }' ours | cmp - theirs
	grep -q '(regression)' said || [ "$(sed -n \
	    's/^Accuracy = .*(\([0-9]*\)\/.*/\1/p' said)" = "$(awk \
	    '$1 == "tp" || $1 == "tn" { n += $2 } END { print n }' metrics)" ]
	! grep -qE '^solver_type .*_LR' "$1" || {
		liblinear-predict -b 1 "$2" "$1" theirs >/dev/null
		# Of the first label, with six digits.
		tail -n +2 theirs | cut -d ' ' -f 2 >p
		sv-predict -f probability "$1" "$2" | paste p - | awk '
		    { x = $1 - $2; if (x * x > 1e-12) { print; bad = 1 } }
		    END { exit bad }'
	}
}

@test "models of LIBLINEAR predict as they do there" {
	need liblinear-train liblinear-predict
	for rows in $(known); do
		[ $rows != reuters ] || continue
		for solver in 0 1 3 4 5 6 7 11 13; do
			for bias in "" "-B 1" "-B 2.5"; do
				echo "$rows -s $solver $bias"
				# shellcheck disable=SC2086
				liblinear-train -q -e 0.1 -s $solver $bias \
				    $rows model 2>/dev/null
				same model $rows
			done
			[ $rows = heart ] || [ $solver = 6 ] || break
		done
	done
}

@test "liblinear-predict says the same of models of ours, however they were scaled" {
	need liblinear-predict
	known >names
	while read -r rows scale more; do
		grep -qx "$rows" names || continue
		[ "$scale" = - ] && scale= || scale="--scale $scale"
		echo "$rows $scale $more"
		# shellcheck disable=SC2086
		fit $rows "$scale" $more
		sv-cat -f liblinear -o model run.svf
		same model $rows
		# In the user's units, in the same order: the same bits.
		sv-predict -f margin model $rows >a
		sv-predict -f margin run.svf $rows | cmp - a
		# Of the rows as they were scaled: the same but for rounding.
		sv-predict -f margin run.svf run.svf | sort -g >b
		sort -g a | paste - b | awk '
		    { x = $1 - $2; y = $1 < 0 ? -$1 : $1
		      if (x * x > 1e-24 * (1 + y) ^ 2) { print; bad = 1 } }
		    END { exit bad }'
	done <<-END
	heart - --l1 1
	heart standard --l1 1 --intercept
	heart standard --l2 1
	heart maxabs --loss squared_hinge --intercept
	heart standard --loss huber --intercept
	a8a - --l1 1 -e 1e-2
	a8a standard --l1 1 --intercept -e 1e-2
	END
}

@test "scikit-learn has the same metrics, and predicts the same" {
	need liblinear-train
	/usr/bin/python3 -c 'import sklearn' 2>/dev/null ||
	    skip "python3-sklearn is not installed"
	local i=0
	add() {
		i=$((i + 1))
		sv-predict -f all -o all.$i "$1" "$2"
		sv-predict -m -f json "$1" "$2" >metrics.$i 2>said.$i
		echo "$2 all.$i metrics.$i $3 $4" >>cases
	}
	for rows in $(known); do
		for solver in 6 5; do
			liblinear-train -q -s $solver -B 1 $rows model
			tail -n +7 model >text
			/usr/bin/python3 -c 'import numpy
numpy.save("'$rows-$solver'", numpy.loadtxt("text"))'
			cp model model-$rows-$solver
			add model-$rows-$solver $rows 1 $rows-$solver.npy
		done
	done
	fit heart "--scale standard" --intercept --l2 1
	sv-cat -f npy -o ours.npy run.svf
	add run.svf heart 1 ours.npy
	fit heart "" --loss squared --intercept
	sv-cat -f npy -o number.npy run.svf
	add run.svf heart number number.npy
	# Few different margins, one class only, none that is predicted.
	printf '%s\n' 'solver_type L2R_LR' 'nr_class 2' 'label 1 -1' \
	    'nr_feature 2' 'bias -1' w 0.5 -0.25 >ties
	awk 'BEGIN { for (i = 0; i < 500; i++) print i * 7 % 3 ? 1 : -1,
	    "1:" i % 4 - 2, "2:" i % 3 }' >tied
	add ties tied 1
	sed 's/^-1/1/' tied >ones
	add ties ones 1
	sed 's/^1/-1/' tied >none
	add ties none 1
	sed 's/1:-*[0-9]* //' tied >low
	add ties low 1
	/usr/bin/python3 "$SV_SRCDIR/tests/judge.py" cases
	[ "$(wc -l <cases)" -ge 8 ]
}

@test "the objective is that of the fit, whatever was done to the rows" {
	need
	cp "$heart" heart
	while read -r scale more; do
		[ "$scale" = - ] && scale= || scale="--scale $scale"
		echo "$scale $more"
		# shellcheck disable=SC2086
		fit heart "$scale" $more
		sv-cat -t model run.svf | jq .text.objective >want
		sv-predict -m -f json run.svf heart | jq .objective >user
		sv-predict -m -f json run.svf run.svf | jq .objective >own
		paste want user own
		paste want user own | awk '{ x = $2 - $1; y = $3 - $1
		    exit !($1 > 1 && x * x + y * y < 1e-24 * $1 * $1) }'
	done <<-END
	- --l1 1
	maxabs --l2 2
	standard --l1 0.5 --l2 0.25 --intercept
	standard --loss squared_hinge --intercept --positive-weight 3
	standard --loss huber --delta 0.5 --group 1 --group-size 13
	- --loss squared --nonneg
	END
}

@test "a run predicts its own rows, text, packed text, frames and standard input" {
	sv-gen -n 300 -d 20 -p 0.3 -s 3 >gen
	sv-cat -f libsvm gen >rows.svm
	fit rows.svm "" --l1 1
	sv-predict -f margin run.svf rows.svm >want
	[ "$(wc -l <want)" -eq 300 ]
	sv-predict -f margin run.svf <rows.svm | cmp - want
	sv-predict -f margin run.svf - <gen | cmp - want
	sv-predict -f margin - rows.svm <run.svf | cmp - want
	sv-predict -f margin run.svf gen | cmp - want
	sv-predict -f margin run.svf run.svf | sort | cmp - <(sort want)
	gzip -k rows.svm
	sv-predict -f margin run.svf rows.svm.gz | cmp - want
	sv-predict -f margin run.svf <rows.svm.gz | cmp - want
	sv-predict -f margin run.svf gen rows.svm rows.svm.gz |
	    cmp - <(cat want want want)
	sv-predict -m -f json run.svf gen rows.svm | jq .rows >n
	[ "$(cat n)" -eq 600 ]
	# What was sent is a model, too.
	sv-predict -f margin --round 1 run.svf gen >first
	[ "$(wc -l <first)" -eq 300 ]
	run ! cmp first want
}

@test "labels are the user's own" {
	while read -r labels shown options; do
		labels=${labels//,/ } shown=${shown//,/ }
		# shellcheck disable=SC2086
		small $labels >rows.svm
		# shellcheck disable=SC2086
		fit rows.svm "$options" --l2 0.1 --intercept
		sv-predict run.svf rows.svm | sort -u | tr '\n' ' ' >seen
		echo "$labels, $options: $(cat seen)"
		[ "$(cat seen)" = "$shown " ]
		sv-predict -m -f json run.svf rows.svm >text
		sv-predict -m -f json run.svf run.svf >own
		jq -S 'del(.loss, .objective, .log_loss)' text >a
		jq -S 'del(.loss, .objective, .log_loss)' own | cmp - a
		jq -e '.accuracy > 0.6' a
	done <<-END
	-1,1 -1,1
	0,1 0,1
	1,2 1,2
	3,7 3,7 --positive 7
	2,3,4 4,other --positive 4
	END
}

@test "columns and categories of a run's CSV are those of other CSV" {
	awk 'BEGIN { print "age,job,pay"
	    for (i = 0; i < 80; i++) print 20 + i % 40 "," \
	    (i % 3 ? "clerk" : "baker") "," (i % 40 > 17 ? ">50K" : "<=50K")
	    }' >train.csv
	fit train.csv "--label pay --categorical job --hash 8
	    --positive >50K --scale standard" --l2 0.1 --intercept
	sv-predict run.svf train.csv | sort -u >labels
	[ "$(cat labels)" = "$(printf '<=50K\n>50K')" ]
	sv-predict -m -f json run.svf train.csv >metrics
	jq -e '.auc > 0.95 and .positive == ">50K"' metrics
	jq .objective metrics >a
	sv-cat -t model run.svf | jq .text.objective | paste - a | awk '
	    { x = $1 - $2; exit !(x * x < 1e-20 * $1 * $1) }'
	# Without the column of labels there is nothing to compare with.
	cut -d , -f 1,2 train.csv >new.csv
	sv-predict run.svf new.csv | cmp - <(sv-predict run.svf train.csv)
	fails 1 "new.csv: row 1 has no label, or another than >50K and <=50K,\
 which --metrics needs" -m run.svf new.csv
	# A label that is neither of the two is not taken for the second.
	sed '9s/K$/K./' train.csv >dot.csv
	sv-predict run.svf dot.csv | cmp - <(sv-predict run.svf train.csv)
	fails 1 "dot.csv: row 8 has no label, or another than >50K and <=50K,\
 which --metrics needs" -m run.svf dot.csv
	# Another order of columns is no other row.
	awk -F , '{ print $3 "," $1 "," $2 }' train.csv >other.csv
	sv-predict run.svf other.csv | cmp - <(sv-predict run.svf train.csv)
	cut -d , -f 1 train.csv >age.csv
	fails 1 "age.csv: line 1: expected a column 'job', found none of that name" \
	    run.svf age.csv
	# Text whose columns are features already, by its name.
	printf '1 1:59\n-1 1:20\n' >rows.svm
	[ "$(sv-predict run.svf rows.svm | tr '\n' ' ')" = ">50K <=50K " ]
}

@test "what was held out is read as it was written" {
	small 3 7 >rows.svm
	fit rows.svm "--positive 7 --scale standard --holdout 0.3" --l2 0.1
	[ -s shards/holdout.svm ]
	sv-predict -m -f json run.svf shards/holdout.svm >a
	jq -e '.rows > 5 and .tp + .fn > 0 and .tn + .fp > 0' a
	sv-predict run.svf shards/holdout.svm | grep -qx 7
	cp shards/holdout.svm elsewhere.svm
	sv-predict -m -f json --as-loaded run.svf elsewhere.svm | cmp - a
	sv-predict -m -f json run.svf - <shards/holdout.svm 2>err | jq -e \
	    '.tp + .fn == 0'
	grep -qx "sv-predict: AUC is not defined: no row has the label 7" err
}

@test "data are described by options where the model says nothing" {
	printf 'x,y,kind\n1,2,a\n-3,1,b\n0,1,a\n' >data.csv
	printf '%s\n' 'solver_type L2R_LR' 'nr_class 2' 'label 1 -1' \
	    'nr_feature 2' 'bias 2' w 1 -0.5 0.125 >model
	sv-predict -f margin --label kind --positive a model data.csv >out
	[ "$(tr '\n' ' ' <out)" = "0.25 -3.25 -0.25 " ]
	sv-predict -m -f tsv --label kind --positive a model data.csv >out
	grep -qx "$(printf 'accuracy\t0.66666666666666663')" out
	sed 's/,/\t/g' data.csv | sv-predict -f margin --input tsv --label kind \
	    --positive b model >out
	[ "$(head -n 1 out)" = 0.25 ]
	printf '1 0:3 1:2\n' | sv-predict -f margin --zero-based model >out
	[ "$(cat out)" = 2.25 ]
	printf '4 1:3\n5 1:-3\n' >rows
	fails 1 "rows: label 4 of row 1: the model tells 1 from -1;\
 --positive says which label is the former" -m model rows
	sv-predict -m -f tsv --positive 4 model rows >out
	grep -qx "$(printf 'accuracy\t1')" out
}

@test "features beyond the model's count nothing, and are told" {
	printf '%s\n' 'solver_type L2R_LR' 'nr_class 2' 'label 1 -1' \
	    'nr_feature 2' 'bias 1' w 1 2 -4 >model
	printf '1 1:2 3:100 9:1\n-1 1:1 2:1\n1 8:5\n' >rows
	run --separate-stderr sv-predict -f margin model rows
	[ "$status" -eq 0 ]
	[ "$(echo "$output" | tr '\n' ' ')" = "-2 -1 -4 " ]
	[ "$stderr" = "sv-predict: left out, as liblinear-predict does: 3 values\
 of features beyond the model's 2, the largest index being 9" ]
	run --separate-stderr sv-predict -q model rows
	[ -z "$stderr" ]
}
