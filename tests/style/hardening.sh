#!/bin/sh
# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# hardening.sh OPTIMIZED RAMIMG RAMLOAD: the programs have what Debian builds its packages with
# (cmake/Flags.cmake). OPTIMIZED: "yes" where the compiler was told to, without which there is no
# _FORTIFY_SOURCE.
set -u
optimized=$1
shift
status=0
complain() {
	echo "$program: $*"
	status=1
}

for program in "$@"; do
	readelf -hW "$program" | grep -q 'Type: *DYN' || complain "not position independent"
	readelf -dW "$program" | grep -q 'Flags:.* PIE' || complain "no PIE"
	readelf -dW "$program" | grep -q 'NOW' || complain "symbols are bound lazily: no BIND_NOW"
	segments=$(readelf -lW "$program")
	echo "$segments" | grep -q GNU_RELRO || complain "no RELRO"
	echo "$segments" | grep GNU_STACK | grep -q 'RW ' || complain "the stack is executable, or nothing says that it is not"
	echo "$segments" | grep -E '^ *LOAD' | grep -q 'RWE' && complain "a segment is writable and executable"
done

# The loader is stripped of its symbols, which tell the rest; it is made by the same flags.
program=$1
symbols=$(readelf -sW "$program")
echo "$symbols" | grep -q '__stack_chk_fail' || complain "no stack protector"
if [ "$optimized" = yes ]; then
	echo "$symbols" | grep -qE '__[a-z]+_chk' || complain "no function that _FORTIFY_SOURCE checks"
fi
case $(uname -m) in
x86_64)
	objdump -d --no-show-raw-insn "$program" | awk '/<main>:/ { getline; print $2; exit }' |
		grep -q endbr64 || complain "main does not begin with endbr64: no -fcf-protection"
	;;
esac
exit $status
