cat >my.conf <<'CONF'
archive:
{
	compression = "zstd";
	zstd_levle = 5;
};
CONF
ramimg build --config my.conf disk.raw
