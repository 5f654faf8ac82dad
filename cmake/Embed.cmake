# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# ramimg_embed(TARGET SYMBOL FILE): the bytes of FILE become the symbols SYMBOL and SYMBOL_end.
function(ramimg_embed target symbol file)
	set(asm ${CMAKE_CURRENT_BINARY_DIR}/embed_${symbol}.S)
	file(CONFIGURE OUTPUT ${asm} @ONLY CONTENT [[
	.section .rodata
	.global @symbol@
	.global @symbol@_end
	.balign 16
@symbol@:
	.incbin "@file@"
@symbol@_end:
	.byte 0
	.section .note.GNU-stack,"",%progbits
/* What control-flow protection (CET) asks of each object: it is lost where one does not say so. */
#if defined __CET__ && __has_include(<cet.h>)
#include <cet.h>
#endif
]])
	set_property(SOURCE ${asm} PROPERTY OBJECT_DEPENDS ${file})
	target_sources(${target} PRIVATE ${asm})
endfunction()
