ramimg --version --json
