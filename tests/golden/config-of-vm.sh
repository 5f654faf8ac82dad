# A VM's own settings count for it and for its volumes, and for nothing else.
mkdir -p etc/pve/nodes etc/ramimg/vm
echo 'nonsense = 1;' >etc/ramimg/vm/105.conf
ramimg detach --pve-root . 105 || true
ramimg build --pve-root . --output new.raw vm-105-disk-1 || true
ramimg inspect --pve-root . local:105/vm-105-disk-1.qcow2 || true
ramimg inspect --pve-root . ./vm-105-disk-1.qcow2 || true
ramimg detach --pve-root . 106
