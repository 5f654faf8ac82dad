# The same text in both ways, for every command; a configuration that cannot be read is no obstacle.
ramimg --help >want
ramimg help >got
cmp want got
for command in $(sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p' want); do
	ramimg "$command" --help >want-command
	ramimg help "$command" --config missing.conf >got
	cmp want-command got
	echo "$command"
done
