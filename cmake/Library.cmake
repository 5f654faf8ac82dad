# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# ramimg_library(NAME [PURE] USES OTHER... [LIBS TARGET...]): builder/NAME as the static library
# ri_NAME.
#
# The rows of builder/CMakeLists.txt are the table of who may include whom: tests/style/structure.py
# reads the same lines. PURE: memory in, memory out, which tests/style/pure.sh proves by its symbols.
# LIBS are the libraries of others. main.c is a program's and belongs to none.
function(ramimg_library name)
	cmake_parse_arguments(ROW "PURE" "" "USES;LIBS" ${ARGN})
	file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.c)
	list(FILTER sources EXCLUDE REGEX "/main\\.c$")
	add_library(ri_${name} STATIC ${sources})
	list(TRANSFORM ROW_USES PREPEND ri_)
	add_dependencies(ri_${name} ri_build_id) # a header that is made
	target_link_libraries(ri_${name} PUBLIC ri_flags ri_sanitize ${ROW_USES} ${ROW_LIBS})
	if(ROW_PURE)
		set_property(GLOBAL APPEND PROPERTY RAMIMG_PURE ri_${name})
	endif()
	set_property(GLOBAL APPEND PROPERTY RAMIMG_LIBRARIES ri_${name})
endfunction()
