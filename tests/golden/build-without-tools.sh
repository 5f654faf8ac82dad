# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# What is missing is found before anything is done, and the message says what to do.
program=$(command -v ramimg)
truncate -s 1M disk.raw
PATH=/nowhere "$program" build disk.raw
