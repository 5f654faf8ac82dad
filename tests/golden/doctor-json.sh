# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
program=$(command -v ramimg)
LIBGUESTFS_HV=/nowhere/qemu PATH=/nowhere "$program" doctor --json --kvm no missing/disk.raw
