cat >my.conf <<'CONF'
grub:
{
	default = "no";
};
CONF
ramimg build --config my.conf disk.raw
