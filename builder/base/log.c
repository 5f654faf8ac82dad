#include "base/log.h"

#include <stdarg.h>

static struct ri_log_sink sink;

void ri_log_set_sink(const struct ri_log_sink *s)
{
	sink = s ? *s : (struct ri_log_sink){ 0 };
}

int ri_log_wants(enum ri_level level)
{
	return sink.line && level <= sink.level;
}

void ri_log(enum ri_level level, const char *fmt, ...)
{
	char text[2048];
	va_list ap;

	if (!ri_log_wants(level))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	sink.line(sink.arg, level, text);
}

void ri_progress(const char *phase, uint64_t done, uint64_t total)
{
	if (sink.progress)
		sink.progress(sink.arg, phase, done, total, 0);
}

void ri_progress_end(const char *phase, uint64_t done, uint64_t total)
{
	if (sink.progress)
		sink.progress(sink.arg, phase, done, total, 1);
}
