# No program of QEMU's is asked, which would open what the image names.
qemu-img create -q -f qcow2 -u -b /etc/shadow -F raw disk.qcow2 1M
mkdir bin
printf '#!/bin/sh\necho asked\n' >bin/qemu-img
chmod +x bin/qemu-img
PATH=$PWD/bin:$PATH ramimg inspect disk.qcow2
