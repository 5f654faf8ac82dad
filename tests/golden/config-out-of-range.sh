cat >my.conf <<'CONF'
# The line counts from the file's beginning.

archive: { zstd_level = 40; };
CONF
ramimg inspect -c my.conf disk.raw
