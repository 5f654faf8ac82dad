for command in build inspect verify revert recover; do
	ramimg "$command" --help
done
