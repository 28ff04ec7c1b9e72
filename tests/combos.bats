# Losses and regularisers, each with each, against conditions and optima that
# optimal.py computes by itself, and against other programs.

bats_require_minimum_version 1.5.0

setup() {
	load fits.bash
	fits_setup
	data=$SV_SRCDIR/../shared/data
	heart=/usr/share/doc/liblinear-tools/examples/heart_scale
}

# combinations OPTION...: fits with these options and every regulariser, with an
# intercept and without: by both masters to the end, and one that stops early.
combinations() {
	local g b
	while read -r g; do
		for b in '' --intercept; do
			echo "sv-admm $* $g $b -e 1e-8 --gap 1000"
			echo "sv-fista $* $g $b -e 1e-8 --gap 1000"
			echo "sv-admm $* $g $b -e 0.05"
		done
	done <<'END'
--l1 0
--l1 2
--l2 3
--l1 1.5 --l2 2
--group 1 --group-size 3
--box -0.2,0.4
--box 0.1,0.3
--nonneg
END
}

# every KIND OPTION...: fit them all to rows of that kind.
every() {
	rows "$1" >rows
	shift
	combinations "$@" >fits
	fit 2
	run optimal
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"48 models, 48 fits, 0 faults"* ]]
}

@test "logistic loss with every regulariser" {
	every class --loss logistic
}

@test "squared loss with every regulariser" {
	every number --loss squared
}

@test "squared hinge with every regulariser" {
	every class --loss squared_hinge
}

@test "Huber's loss with every regulariser" {
	every number --loss huber --delta 1.5
}

@test "Poisson loss with every regulariser" {
	every count --loss poisson
}

# Sparse rows are those of the tests above.
@test "dense rows, and values in f32" {
	local kind share f32 loss
	for share in 0.3 1; do
		for f32 in '' --f32; do
			for kind in class:logistic class:squared_hinge \
			    number:squared number:huber count:poisson; do
				loss=${kind#*:}
				rows "${kind%:*}" 120 8 $share >rows
				for master in sv-admm sv-fista; do
					echo "$master --loss $loss -e 1e-7"
					echo "$master --loss $loss -e 1e-7" \
					    "--l2 1 --intercept"
				done >fits
				# shellcheck disable=SC2086
				fit 2 $f32
				optimal
			done
		done
	done
}

@test "weights of rows and of classes" {
	rows class >rows
	awk '{ print NR % 5 * 0.75 }' rows >weights
	for loss in logistic squared_hinge; do
		for g in "--l1 2" "--l2 3 --intercept"; do
			for master in sv-admm sv-fista; do
				echo "$master --loss $loss $g -e 1e-8" \
				    "--positive-weight 2.5" \
				    "--negative-weight 0.5"
			done
		done
	done >fits
	fit 3
	optimal
	mv weights heavy
	rows number >rows
	mv heavy weights
	for loss in squared huber; do
		for g in "--l1 2" "--l2 3 --intercept"; do
			echo "sv-admm --loss $loss $g -e 1e-8"
			echo "sv-fista --loss $loss $g -e 1e-8"
		done
	done >fits
	fit 3
	optimal
}

@test "one worker, and very many, find the same" {
	local w kind loss
	for w in 1 40; do
		for kind in class:logistic class:squared_hinge number:squared \
		    number:huber count:poisson; do
			loss=${kind#*:}
			rows "${kind%:*}" >rows
			echo "sv-admm --loss $loss -e 1e-7" >fits
			echo "sv-admm --loss $loss -e 1e-7 --l2 1 --intercept" \
			    >>fits
			echo "sv-fista --loss $loss -e 1e-7" >>fits
			fit $w
			optimal
		done
	done
}

@test "every solver of the workers, and the paper's settings" {
	local kind loss how
	for kind in class:logistic class:squared_hinge number:squared \
	    number:huber count:poisson; do
		loss=${kind#*:}
		rows "${kind%:*}" >rows
		for how in "--solver newton" "--solver newton-cg" \
		    "--solver fista" "--solver fista --memory 0" \
		    "--preset paper -e 0.01"; do
			echo "sv-admm --loss $loss -e 1e-7 $how"
			echo "sv-admm --loss $loss -e 1e-7 --l2 1 --intercept $how"
		done >fits
		fit 2
		optimal
	done
}

# each MASTER OPTION...: a path of these models has been fitted; fits now asks for
# each of them alone, with the weights that the models have.
each() {
	jq -r --arg fit "$*" '"\($fit) --l1 \(.text.l1) --l2 \(.text.l2 // 0)"' \
	    models >fits
}

@test "a path: each model is the optimum of its own weight" {
	local master b
	rows class >rows
	for master in sv-admm sv-fista; do
		for b in '' --intercept; do
			echo "$master $b --lambdas 0.5,4,2 -e 1e-7" >fits
			fit 2
			jq -es 'map(.text.l1) == [4, 2, 0.5]' models
			each "$master $b -e 1e-7"
			optimal
		done
		# Both weights of the elastic net go down together.
		echo "$master --l1 1 --l2 2 --path 4 -e 1e-7" >fits
		fit 2
		jq -es 'length == 4 and .[0].text.nonzero == 0 and
		    .[3].text.nonzero > 0 and
		    (.[3].text.l1 * 1000 / .[0].text.l1 - 1 | fabs < 1e-12) and
		    all(.[].text; .l2 / .l1 - 2 | fabs < 1e-12)' models
		each "$master -e 1e-7"
		optimal
	done
}

@test "groups of any features" {
	rows class >rows
	printf '%s\n' 7 1 7 2 1 7 3 3 2 1 1 9 >groups
	for master in sv-admm sv-fista; do
		echo "$master --group 1.5 --groups groups -e 1e-8"
		echo "$master --group 1.5 --groups groups --intercept -e 1e-8"
	done >fits
	fit 2
	optimal
}

@test "boxes far from 0, and of one point" {
	local master b
	rows number >rows
	for master in sv-admm sv-fista; do
		for b in 1.9,2 2,2 -3,-2.5; do
			b="--box=$b -e 1e-7 --gap 1000"
			echo "$master --loss squared $b"
			echo "$master --loss squared $b --intercept"
			echo "$master --loss huber $b --intercept"
		done
	done >fits
	fit 2
	optimal
}

@test "a fit that stops at a gap is as near as it says" {
	rows class >rows
	for master in sv-admm sv-fista; do
		for gap in 1e-2 1e-4 1e-6 1e-9; do
			echo "$master --l1 2 --stop-gap $gap"
			echo "$master --l2 2 --intercept --stop-gap $gap"
			echo "$master --l1 1 --l2 1 --stop-gap $gap"
		done
	done >fits
	fit 2
	optimal
	jq -e '.text | .gap <= 0.01 * .objective' models
}

# liblinear NAME OPTION...: its model, in the file NAME.
liblinear() {
	local name=$1
	shift
	OPENBLAS_NUM_THREADS=1 liblinear-train -q -e 1e-9 "$@" rows "$name" \
	    >liblinear.out 2>&1 || { cat liblinear.out; return 1; }
}

@test "LIBLINEAR: l1 and l2 logistic, l2 squared hinge, C and class weights" {
	command -v liblinear-train >/dev/null ||
	    skip "liblinear-tools is not installed"
	[ -f "$heart" ] || skip "liblinear-tools has no heart_scale here"
	cp "$heart" rows
	local c s options
	for c in 1 0.25; do
		for s in '6 --l1 1' '0 --l2 1' \
		    '2 --l2 1 --loss squared_hinge'; do
			options="${s#* } --c $c"
			liblinear "plain-$c-${s%% *}" -s "${s%% *}" -c "$c"
			liblinear "heavy-$c-${s%% *}" -s "${s%% *}" -c "$c" \
			    -w1 2.5 -w-1 0.5
			echo "liblinear plain-$c-${s%% *} $options"
			echo "sv-admm $options -e 1e-7"
			echo "sv-fista $options -e 1e-7"
			options="$options --positive-weight 2.5"
			options="$options --negative-weight 0.5"
			echo "liblinear heavy-$c-${s%% *} $options"
			echo "sv-admm $options -e 1e-7"
		done
	done >fits
	fit 2
	run optimal
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"18 models, 30 fits, 0 faults"* ]]
}

# optima NAME W: those of the data set, which somebody else has computed.
optima() {
	[ -f "$data/$1.xz" ] || skip "$1.xz is not beside the sources"
	command -v xz >/dev/null || skip "xz is not installed"
	xz -dc "$data/$1.xz" >rows
	fit "$2"
	run optimal
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"4 models, 8 fits, 0 faults"* ]]
}

@test "known optima of a8a" {
	cat >fits <<-'END'
	known 7449.0224741 --l1 1
	sv-admm --l1 1 -e 1e-6
	known 7419.8123445 --l2 1
	sv-admm --l2 1 -e 1e-6
	known 7435.6067230 --l1 0.5 --l2 0.5
	sv-admm --l1 0.5 --l2 0.5 -e 1e-6
	known 7448.3829378 --l1 1 --intercept
	sv-admm --l1 1 --intercept -e 1e-6
	END
	optima a8a 8
}

@test "known optima of reuters" {
	cat >fits <<-'END'
	known 982.7595857 --l1 1
	sv-admm --l1 1 -e 1e-6
	known 1060.3461627 --l2 1
	sv-admm --l2 1 -e 1e-6
	known 1179.6930154 --l1 0.5 --l2 0.5
	sv-admm --l1 0.5 --l2 0.5 -e 1e-6
	known 630.1613587 --l1 1 --intercept
	sv-admm --l1 1 --intercept -e 1e-6
	END
	optima reuters 4
}
