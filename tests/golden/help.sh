ramimg --help
