# Those that the general help lists: a new command is here by itself.
for command in $(ramimg --help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p'); do
	ramimg "$command" --help
done
