# Write a text as the lines of a C array: a string for each of its lines.
{
	gsub(/\\/, "&&")
	gsub(/"/, "\\\\&")
	printf "\t\"%s\\n\",\n", $0
}
