ramimg inspect --json missing.raw
