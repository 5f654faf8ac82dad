# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# `ramimg test` on a small guest, as it is installed.
if(NOT RAMIMG_SANITIZE)
	add_executable(trial_init trial_init.c)
	target_link_libraries(trial_init PRIVATE ri_flags)
	target_link_options(trial_init PRIVATE -static)
	set(trial ${CMAKE_CURRENT_SOURCE_DIR}/trial.py)
	set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${trial})
	execute_process(COMMAND ${Python3_EXECUTABLE} ${trial} --list OUTPUT_VARIABLE names
		OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
	string(REPLACE "\n" ";" names "${names}")
	foreach(name ${names})
		add_test(NAME guest/trial-${name} COMMAND ${Python3_EXECUTABLE} ${trial} ${name})
		set_tests_properties(guest/trial-${name} PROPERTIES LABELS guest TIMEOUT 900
			ENVIRONMENT "RAMIMG=$<TARGET_FILE:ramimg>;RAMLOAD=$<TARGET_FILE:ramload>;TRIAL_INIT=$<TARGET_FILE:trial_init>;INITRAMFS_SCRIPT=${PROJECT_SOURCE_DIR}/templates/initramfs-script")
	endforeach()
endif()
