cat >my.conf <<'CONF'
root: {
	form = "squashfs";
};
CONF
ramimg build --config my.conf disk.raw
