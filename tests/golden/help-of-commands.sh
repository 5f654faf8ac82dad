for command in build inspect verify revert recover list status detach attach check-migrate doctor; do
	ramimg "$command" --help
done
