for command in build inspect verify revert recover list status detach attach check-migrate; do
	ramimg "$command" --help
done
