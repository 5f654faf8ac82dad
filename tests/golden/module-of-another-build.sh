# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# The appliance's module beside the program is that of another version: said, and never called.
program=$(readlink -f "$(command -v ramimg)")
cp "$program" .
# Its first digit alone, so that the length stays.
sed 's/[0-9]\(\.[0-9]*\.[0-9]*-[0-9a-f]\{16\}\)/9\1/' "${program%/*}/ramimg-appliance.so" >ramimg-appliance.so
truncate -s 1M disk.raw
printf 'reader: { direct = false; };\n' >appliance.conf
./ramimg --quiet --config appliance.conf inspect disk.raw || echo "status $?"
# None is there at all, neither here nor where it would be installed.
rm ramimg-appliance.so
[ -e /usr/local/lib/ramimg ] || ./ramimg --quiet --config appliance.conf inspect disk.raw
