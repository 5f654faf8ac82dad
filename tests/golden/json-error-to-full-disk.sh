# What failed decides the status, whether its document arrives or not.
ramimg inspect --json missing.raw >/dev/full
