# Waiting for a writer would be for ever.
mkfifo my.conf
ramimg build --config my.conf disk.raw
