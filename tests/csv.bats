# CSV and TSV: rows that other programs write, and models of them.

bats_require_minimum_version 1.5.0

setup() {
	load readers.bash
	cd "$BATS_TEST_TMPDIR"
	umask 022
}

# people N: rows of a file with a bit of everything, and what they are as
# LIBSVM text: by Python's csv module, and its XXH3.
people() {
	/usr/bin/python3 - "$1" <<-'END'
	import csv, random, sys
	import xxhash
	random.seed(5)
	n, buckets = int(sys.argv[1]), 32
	names = ['id', 'age', 'job, or "what"', 'pay', 'was\nhere', 'income']
	jobs = ['clerk', 'a, b', 'say "hi"', 'Zürich', 'two\nlines', '', ' x ']
	with open('people.csv', 'w', newline='', encoding='utf-8') as f, \
	    open('people.svm', 'w') as want:
	    out = csv.writer(f, lineterminator='\r\n')
	    out.writerow(names)
	    for i in range(n):
	        age = random.choice(['', '0', 'NA', '17', '-0.5', '1e2'])
	        job = random.choice(jobs)
	        pay = repr(random.gauss(0, 1000))
	        here = random.choice(['x', 'y'])
	        y = random.choice(['>50K', '<=50K', '<=50K'])
	        # Blanks count only in quotes, which the module does not add.
	        if job == ' x ':
	            f.write('%d,%s,"%s",%s,%s,"%s"\r\n' %
	                (i, age, job, pay, here, y))
	        else:
	            out.writerow([i, age, job, pay, here, y])
	        row = {}
	        if age != '0':
	            row[1] = 40.0 if age in ('', 'NA') else float(age)
	        row[2] = float(pay)
	        for name, value in ((names[2], job), (names[4], here)):
	            h = xxhash.xxh3_64_intdigest((name + '=' + value).encode())
	            j = 3 + h % buckets
	            row[j] = row.get(j, 0) + 1.0
	        want.write('+1' if y == '>50K' else '-1')
	        for j in sorted(row):
	            want.write(' %d:%s' % (j, repr(row[j])))
	        want.write('\n')
	END
}

# same FILE FILE: LIBSVM texts with the same rows, however numbers are written.
same() {
	/usr/bin/python3 - "$1" "$2" <<-'END'
	import sys
	def rows(name):
	    with open(name) as f:
	        return [[tuple(map(float, x.split(':'))) for x in line.split()]
	            for line in f]
	a, b = rows(sys.argv[1]), rows(sys.argv[2])
	assert len(a) > 0 and a == b, (len(a), len(b))
	END
}

@test "rows are those that Python's csv module writes" {
	people 3000
	rows --label income --positive '>50K' --missing 40 --hash 32 \
	    --ignore id --categorical '"job, or ""what""","was
here"' people.csv >got
	same got people.svm
	[ "$(wc -l <got)" -eq 3000 ]
}

@test "CSV may be packed, in several files, on standard input, without a header" {
	printf 'a,y\n1,1\n2,-1\n' >one.csv
	printf 'a,y\n3,1' >two.csv
	printf '+1 1:1\n-1 1:2\n+1 1:3\n' >want
	gzip -k one.csv
	zstd -q two.csv
	zip -q both.zip one.csv two.csv
	rows --label y one.csv two.csv | cmp - want
	rows --label y one.csv.gz two.csv.zst | cmp - want
	rows --label y both.zip | cmp - want
	rows --label y -f csv - <one.csv | cmp - <(head -n 2 want)
	rows --label y -f csv <one.csv.gz | cmp - <(head -n 2 want)
	tail -q -n +2 one.csv | tr , '\t' >bare.tsv
	rows --label 2 --no-header bare.tsv | cmp - <(head -n 2 want)
	rows --label 2 --no-header -f tsv bare.tsv | cmp - <(head -n 2 want)
}

@test "CRLF, a byte order mark, blank lines, quotes and no last newline are read" {
	printf '+1 1:1 2:2\n-1 1:3\n' >want
	printf '\357\273\277a,"b ""x"",\n",y\r\n\r\n1,"2",1\r\n \n3,0,-1' >a.csv
	rows --label y a.csv | cmp - want
	printf 'y,a,b\r1,1,2\r\r-1,3,0\r' >a.csv
	rows --label y a.csv | cmp - want
}

@test "names of columns in the middle are no row" {
	printf 'job,y\nclerk,yes\njob,y\nboss,no\n' >a.csv
	refused "a.csv: line 3: the names of the columns once more: files that\
 were put together are better given one by one" --label y --positive yes \
	    --categorical job a.csv
	# A label may be called as its column is.
	printf 'words,spam\n1,spam\n2,ham\n' >a.csv
	rows --label spam --positive spam a.csv >got
	printf '+1 1:1\n-1 1:2\n' | cmp - got
	printf '1,2\n3,-1\n' >a.csv
	rows --label 2 --no-header a.csv | cmp - <(printf '2 1:1\n-1 1:3\n')
}

@test "what a column should be is said with file, line, column and a way out" {
	printf 'age,job,y\n20,clerk,1\n30,boss,-1\n' >a.csv
	refused "a.csv: line 1: which column is the label? --label takes one of:\
 age, job, y" a.csv
	refused "a.csv: line 1: --label: there is no column 'z'; there are: age,\
 job, y" --label z a.csv
	refused "a.csv: line 1: --categorical: there is no column 'c'; there are:\
 age, job, y" --label y --categorical job,c a.csv
	refused "a.csv: line 1: --ignore: column 'job' is in another option, too" \
	    --label y --categorical job --ignore job a.csv
	refused "a.csv: line 2: column 'job': expected a number, found 'clerk'\
 (--categorical job hashes it, --ignore job leaves it out)" --label y a.csv
	refused "a.csv: line 2: column 'job': expected a number as label, found\
 'clerk', and 'boss' in others (--positive LABEL makes that label 1, and others\
 -1)" --label job a.csv
	refused "a.csv: line 1: --label: expected a column from 1 to 3, found 'y'" \
	    --label y --no-header a.csv
	refused "a.csv: line 1: expected columns that make 9 features, found columns\
 that make 1025 (--features is not needed)" --label y --categorical job -d 9 a.csv
	tr , '\t' <a.csv >b.csv
	refused "b.csv: line 1: --label: there is no column 'y'; there is only:\
 age?job?y (--format csv takes commas between fields, tsv tabs)" --label y b.csv
	run --separate-stderr sv-shard -w 1 -o out --label job --positive king \
	    --ignore age a.csv
	[ "$status" -eq 1 ]
	[[ "$stderr" = *"no row has the label 'king': labels are 'clerk', 'boss'" ]]
	[ ! -e out ]
}

@test "what is no number, or no row, is said with file, line and column" {
	ends() {
		printf 'a,y\n1,1\n\n%b' "$1" >x.csv
		refused "x.csv: line $2" --label y x.csv
	}
	ends '2,1,3\n' "4: expected 2 fields, as in line 1, found 3"
	ends '2\n' "4: expected 2 fields, as in line 1, found 1"
	ends ',1\n' "4: column 'a': expected a number, found nothing (--missing 0\
 makes it 0)"
	ends 'NaN,1\n' "4: column 'a': expected a number, found 'NaN' (--missing 0\
 makes it 0)"
	ends 'inf,1\n' "4: column 'a': expected a finite number, found 'inf'"
	ends '2,\n' "4: column 'y': expected a label, found nothing"
	ends '2,inf\n' "4: column 'y': expected a finite number as label, found\
 'inf'"
	ends '"2\n",1\n"\n",1\n' "4: column 'a': expected a number, found '2?'\
 (--categorical a hashes it, --ignore a leaves it out)"
	ends '2,"1\n3,1\n' "4: column 'y': expected a closing quote, found the end\
 of the text"
	ends '2"",1\n' "4: column 'a': found a quote within a field that does not\
 begin with one (put it in quotes, and double those within)"
	ends '2\0,1\n' "4: expected text, found a byte of value 0"
}

@test "what is no CSV is not read as one" {
	: >empty.csv
	refused "empty.csv: line 1: expected a header with the columns' names,\
 found nothing: the text is empty" --label y empty.csv
	printf 'a,b,a\n1,2,3\n' >twice.csv
	refused "twice.csv: line 1: columns 1 and 3 are both called 'a' (is this a\
 header? --no-header calls columns by number)" --label b twice.csv
	printf 'a,y\n1,2\n' | iconv -t UTF-16 >wide.csv
	refused "wide.csv: this is UTF-16: convert it first, as with iconv -f UTF-16\
 -t UTF-8" --label y wide.csv
	head -c 100000 "$(command -v sv-shard)" >program.csv
	run --separate-stderr sv-shard -w 1 -o out --label y program.csv
	[ "$status" -eq 1 ]
	[[ "$stderr" = "sv-shard: program.csv: line "[0-9]*": expected text, found"* ]]
	printf 'a,y\n1,1\n' >one.csv
	printf 'y,a\n1,1\n' >other.csv
	refused "other.csv: line 1: column 1: expected the header of one.csv, where\
 it is 'a', found 'y'" --label y one.csv other.csv
	printf 'a,y\n' >none.csv
	run --separate-stderr sv-shard -w 1 -o out --label y none.csv
	[ "$status" -eq 1 ]
	[ -n "$stderr" ]
	[ ! -e out ]
}

# A field of 10 MB is no row of many; a quote that is never closed is found
# before the rest of the file is in memory.
@test "fields of megabytes are read, and have a limit" {
	field() {
		printf 'a,b,y\n1,"'
		head -c "$1" /dev/zero | tr '\0' x
		printf '",1\n2,z,-1\n'
	}
	field 10000000 >long.csv
	rows --label y --ignore b long.csv >got
	printf '+1 1:1\n-1 1:2\n' | cmp - got
	refused "long.csv: line 2: column 'b': expected a number, found\
 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...' (--categorical b hashes it,\
 --ignore b leaves it out)" --label y long.csv
	field 20000000 >long.csv
	refused "long.csv: line 2: column 'b': expected a field of at most 16 MB,\
 found a longer one (is its closing quote missing?)" --label y --ignore b \
	    long.csv
}

# model: run.svf, a model of people.csv.
model() {
	people 300
	sv-shard -w 2 -o shards --label income --positive '>50K' --missing 40 \
	    --hash 32 --ignore id --scale standard --categorical \
	    '"job, or ""what""","was
here"' people.csv | sv-spawn -q -w 2 -x sv-worker |
	    sv-hub -q -o run.svf -- sv-admm -q --l2 1 --intercept >/dev/null
}

# other FILE PROGRAM: people.csv as a Python program changes it.
other() {
	/usr/bin/python3 - "$1" "$2" <<-'END'
	import csv, sys
	rows = list(csv.DictReader(open('people.csv', newline='')))
	names = list(rows[0])
	exec(sys.argv[2])
	with open(sys.argv[1], 'w', newline='') as f:
	    out = csv.DictWriter(f, names, extrasaction='ignore',
	        quoting=csv.QUOTE_ALL)
	    out.writeheader()
	    out.writerows(rows)
	END
}

@test "a model reads columns by name: in any order, among others, without labels" {
	model
	sv-predict -f margin run.svf people.csv >want
	[ "$(wc -l <want)" -eq 300 ]
	other turned.csv 'names.reverse()
for r in rows: r["more"] = "x"
names.insert(2, "more")'
	sv-predict -f margin run.svf turned.csv | cmp - want
	diff <(sv-predict -m run.svf people.csv) \
	    <(sv-predict -m run.svf turned.csv)
	other unlabelled.csv 'names.remove("income")
names.remove("id")'
	sv-predict -f margin run.svf unlabelled.csv | cmp - want
	gzip -c turned.csv >turned.csv.gz
	sv-predict -f margin run.svf turned.csv.gz | cmp - want
	sv-predict -f label run.svf people.csv | sort -u >labels
	printf '<=50K\n>50K\n' | LC_ALL=C sort | cmp - labels
	other lacks.csv 'names.remove("pay")'
	run --separate-stderr sv-predict run.svf lacks.csv
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ "$stderr" = "sv-predict: lacks.csv: line 1: expected a column 'pay',\
 found none of that name" ]
}

@test "features of a model have the columns' names" {
	model
	sv-cat --model -f tsv run.svf >model.tsv
	[ "$(head -n 4 model.tsv | cut -f 2 | paste -sd ' ')" = \
	    "name (intercept) age pay" ]
	[ "$(sed -n 5p model.tsv | cut -f 1,2)" = "$(printf '3\thash:0')" ]
	[ "$(tail -n 1 model.tsv | cut -f 1,2)" = "$(printf '34\thash:31')" ]
}
