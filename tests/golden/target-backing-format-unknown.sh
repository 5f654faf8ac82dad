qemu-img create -q -f raw base.raw 1M
qemu-img create -q -f qcow2 -b base.raw -F raw disk.qcow2
qemu-img amend -f qcow2 -o compat=1.1 disk.qcow2
# The header extension that names the backing format is turned into one that nobody knows.
python3 - <<'PY'
with open("disk.qcow2", "r+b") as f:
    data = f.read(65536)
    f.seek(data.index(bytes.fromhex("e2792aca")))
    f.write(bytes.fromhex("12345678"))
PY
ramimg build disk.qcow2
