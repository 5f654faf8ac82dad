# Each file overrides the ones before it; a VM's own come last, and only for that VM.
mkdir -p etc/pve/nodes etc/ramimg/conf.d etc/ramimg/vm
echo 'archive: { exclude = [ "/srv/" ]; zstd_level = 4; };' >etc/ramimg/ramimg.conf
printf 'ram:\n{\n\treserve = "64M";\n};\n' >etc/ramimg/conf.d/10-site.conf
echo 'archive: { exclude = [ "/var/log/", "/opt/\"x\"" ]; };' >etc/ramimg/vm/105.conf
echo '# the old one' >etc/ramimg.conf
ramimg config show --pve-root . 105 | grep -v ' default '
ramimg config show --pve-root . 2>/dev/null | grep -v ' default '
