for command in build inspect verify revert recover list; do
	ramimg "$command" --help
done
