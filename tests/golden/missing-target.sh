ramimg build --dry-run
