# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# cmake -DOUT=FILE -DVERSION=VERSION -DTREE=FOLDER -P BuildId.cmake: the header of cmake/Module.cmake. The sum is of each
# source's name and bytes, in the order of the names, wherever the tree is.
file(GLOB_RECURSE sources RELATIVE ${TREE} ${TREE}/*.[ch])
list(SORT sources)
set(sums "")
foreach(source ${sources})
	file(SHA256 ${TREE}/${source} sum)
	string(APPEND sums "${source} ${sum}\n")
endforeach()
string(SHA256 sum "${sums}")
string(SUBSTRING ${sum} 0 16 sum)
file(WRITE ${OUT} "#define RI_BUILD_ID \"${VERSION}-${sum}\"\n")
