ramimg --version --json >&-
