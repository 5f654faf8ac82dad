# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# The rows of guests.table. To be read with ".", by scripts that set here.
# shellcheck shell=sh disable=SC2034,SC2154 # the variables are for those scripts, here is theirs

# read_row NAME: sets a variable for each word of that row.
read_row() {
	row=$(awk -v name="$1" '$1 == name' "$here/guests.table")
	[ -n "$row" ] || { echo "$0: guests.table has no row '$1'" >&2; exit 2; }
	# shellcheck disable=SC2086 # the words of the row
	set -- $row
	[ $# = 13 ] || { echo "$0: the row of $1 has $# words where 13 are wanted" >&2; exit 2; }
	suite=$2 initramfs=$3 kernel=$4 root=$5 layout=$6 table=$7 firmware=$8
	# Secure Boot is the VM's: the guest is the same.
	[ "$firmware" != secureboot ] || firmware=uefi
}
