# Results that cannot be written are a failure.
ramimg --version >/dev/full
