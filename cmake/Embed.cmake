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
]])
	set_property(SOURCE ${asm} PROPERTY OBJECT_DEPENDS ${file})
	target_sources(${target} PRIVATE ${asm})
endfunction()
