# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# ramimg_module(FOLDER PROGRAM): the objects of builder/FOLDER as the module PROGRAM-FOLDER.so, beside PROGRAM in
# the build tree. PROGRAM must not link ri_FOLDER; it exports what the libraries that ri_FOLDER uses define, all of it,
# as nothing of PROGRAM's own may refer to it. So there is one log, one lock and one state of each in the process.
function(ramimg_module folder program)
	set_target_properties(ri_${folder} PROPERTIES POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)
	set(module ${program}-${folder})
	add_library(${module} MODULE $<TARGET_OBJECTS:ri_${folder}>)
	set_target_properties(${module} PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
	get_target_property(uses ri_${folder} LINK_LIBRARIES)
	set(others ${uses})
	list(FILTER uses INCLUDE REGEX "^ri_")
	list(REMOVE_ITEM uses ri_flags ri_sanitize)
	list(FILTER others EXCLUDE REGEX "^ri_")
	target_link_libraries(${module} PRIVATE ri_sanitize ${others})
	target_link_options(${module} PRIVATE -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
	list(JOIN uses "," uses)
	set_property(TARGET ${program} APPEND PROPERTY LINK_LIBRARY_OVERRIDE "WHOLE_ARCHIVE,${uses}")
	target_link_options(${program} PRIVATE "-Wl,--export-dynamic-symbol=ri_*")
	add_dependencies(${program} ${module})
endfunction()

# <ramimg-build-id.h>: RI_BUILD_ID, the version and a sum of all sources, by which program and module know that they are
# of one build.
file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/builder/*.[ch])
set(include ${CMAKE_BINARY_DIR}/builder/include)
add_custom_command(OUTPUT ${include}/ramimg-build-id.h
	COMMAND ${CMAKE_COMMAND} -DOUT=${include}/ramimg-build-id.h -DVERSION=${PROJECT_VERSION}
		-DTREE=${PROJECT_SOURCE_DIR}/builder -P ${CMAKE_CURRENT_LIST_DIR}/BuildId.cmake
	DEPENDS ${sources} ${CMAKE_CURRENT_LIST_DIR}/BuildId.cmake VERBATIM)
add_custom_target(ri_build_id DEPENDS ${include}/ramimg-build-id.h)
target_include_directories(ri_flags INTERFACE ${include})
