# What acts on a terminal is shown, not sent.
ramimg "$(printf '\033[2Jbuild\n\302\233')" disk.raw
