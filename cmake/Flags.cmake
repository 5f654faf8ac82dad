# Warnings and sanitizers, carried by one target that every library of ours links.
add_library(ri_flags INTERFACE)
target_include_directories(ri_flags INTERFACE ${PROJECT_SOURCE_DIR}/builder)
target_compile_definitions(ri_flags INTERFACE _GNU_SOURCE _FILE_OFFSET_BITS=64
	RAMIMG_VERSION="${PROJECT_VERSION}")
if(RAMIMG_WERROR)
	target_compile_options(ri_flags INTERFACE $<$<COMPILE_LANGUAGE:C>:-Wall -Wextra -Wpedantic
		-Wshadow -Wconversion -Werror>)
	# Statement expressions (ri_steal) are GNU C, which both compilers of ours speak.
	if(CMAKE_C_COMPILER_ID STREQUAL "Clang")
		target_compile_options(ri_flags INTERFACE $<$<COMPILE_LANGUAGE:C>:-Wno-gnu-statement-expression>)
	endif()
endif()

add_library(ri_sanitize INTERFACE)
if(RAMIMG_SANITIZE)
	target_compile_options(ri_sanitize INTERFACE $<$<COMPILE_LANGUAGE:C>:-fsanitize=${RAMIMG_SANITIZE}
		-fno-sanitize-recover=all -fno-omit-frame-pointer>)
	target_link_options(ri_sanitize INTERFACE -fsanitize=${RAMIMG_SANITIZE})
endif()
