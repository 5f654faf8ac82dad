ramimg inspect disk.raw -- --json
