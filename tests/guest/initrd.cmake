# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# The kernel itself unpacks base and added archive: this machine's kernel on a base initrd of each
# compression, with and without an early archive in front.
if(NOT RAMIMG_SANITIZE)
	add_executable(segment_append segment_append.c)
	target_link_libraries(segment_append PRIVATE ri_parse)
	target_include_directories(segment_append PRIVATE ${PROJECT_SOURCE_DIR}/tests)
	add_executable(segment_init segment_init.c)
	target_link_libraries(segment_init PRIVATE ri_flags)
	target_link_options(segment_init PRIVATE -static)
	foreach(comp none gzip xz zstd lz4)
		foreach(early plain early)
			add_test(NAME guest/segment-${comp}-${early} COMMAND ${Python3_EXECUTABLE}
				${CMAKE_CURRENT_SOURCE_DIR}/segment_boot.py ${comp} ${early})
			set_tests_properties(guest/segment-${comp}-${early} PROPERTIES LABELS guest TIMEOUT 180
				ENVIRONMENT "SEGMENT_APPEND=$<TARGET_FILE:segment_append>;SEGMENT_INIT=$<TARGET_FILE:segment_init>")
		endforeach()
	endforeach()
endif()
