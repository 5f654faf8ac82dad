#include "loader/frames.h"
#include "loader/decoder.h"

#include <pthread.h>

struct slot {
	char *p;
	size_t n;
	struct ri_err *err; /* instead of content: why there is none */
};

/* A ring of slots: [taken, made) are full. The thread makes, the caller takes. */
struct ri_frames {
	const struct ri_decoder *decoder;
	void *state;
	struct ri_input in;
	struct ri_err err;
	pthread_t thread;
	bool started;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct slot slots[RI_FRAMES_SLOTS];
	size_t taken, made;
	bool lent; /* the slot before `taken` is in the caller's hands */
	bool stop, ended;
};

const struct ri_decoder *ri_decoder_find(const char *name)
{
	static const struct ri_decoder *const all[] = { &ri_decoder_gzip, &ri_decoder_zstd };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (strcmp(all[i]->name, name) == 0)
			return all[i];
	return NULL;
}

/** Wait for an empty slot. @return NULL when the caller wants no more. */
static struct slot *await_empty(struct ri_frames *f)
{
	struct slot *s = NULL;

	pthread_mutex_lock(&f->lock);
	while (!f->stop && f->made - f->taken + f->lent >= RI_FRAMES_SLOTS)
		pthread_cond_wait(&f->changed, &f->lock);
	if (!f->stop)
		s = &f->slots[f->made % RI_FRAMES_SLOTS];
	pthread_mutex_unlock(&f->lock);
	return s;
}

static void *decompress(void *arg)
{
	struct ri_frames *f = arg;
	bool last = false;
	struct slot *s;

	while (!last && (s = await_empty(f)) != NULL) {
		s->err = NULL;
		s->n = 0;
		if (f->decoder->decode(f->state, &f->in, s->p, RI_FRAMES_PIECE, &s->n, &f->err) < 0)
			s->err = &f->err;
		last = s->err || s->n == 0;
		pthread_mutex_lock(&f->lock);
		f->made++;
		pthread_cond_signal(&f->changed);
		pthread_mutex_unlock(&f->lock);
	}
	return NULL;
}

int ri_frames_next(struct ri_frames *f, struct ri_span *piece, struct ri_err *e)
{
	struct slot *s;

	*piece = ri_span("", 0);
	if (f->ended && f->err.code != RI_OK)
		*e = f->err;
	if (f->ended)
		return f->err.code != RI_OK ? -1 : 0;
	pthread_mutex_lock(&f->lock);
	f->lent = false;
	pthread_cond_signal(&f->changed);
	while (f->made == f->taken)
		pthread_cond_wait(&f->changed, &f->lock);
	s = &f->slots[f->taken++ % RI_FRAMES_SLOTS];
	f->lent = true;
	pthread_mutex_unlock(&f->lock);
	f->ended = s->err || s->n == 0;
	if (s->err) {
		*e = *s->err;
		return -1;
	}
	*piece = ri_span(s->p, s->n);
	return 0;
}

void ri_frames_close(struct ri_frames **fp)
{
	struct ri_frames *f = *fp;

	if (!f)
		return;
	if (f->started) {
		pthread_mutex_lock(&f->lock);
		f->stop = true;
		pthread_cond_signal(&f->changed);
		pthread_mutex_unlock(&f->lock);
		pthread_join(f->thread, NULL);
	}
	if (f->state)
		f->decoder->close(f->state);
	ri_input_free(&f->in);
	for (size_t i = 0; i < RI_FRAMES_SLOTS; i++)
		free(f->slots[i].p);
	pthread_cond_destroy(&f->changed);
	pthread_mutex_destroy(&f->lock);
	free(f);
	*fp = NULL;
}

static int start(struct ri_frames *f, struct ri_err *e)
{
	int rc = pthread_create(&f->thread, NULL, decompress, f);

	if (rc != 0)
		return ri_fail(e, RI_E_IO, rc, "starting the decompressing thread");
	f->started = true;
	return 0;
}

int ri_frames_open(int fd, uint64_t bytes, const char *compression, struct ri_frames **out,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_frames_close) struct ri_frames *f = calloc(1, sizeof *f);

	if (!f)
		return ri_nomem(e);
	f->in.fd = -1;
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->changed, NULL);
	f->decoder = ri_decoder_find(compression);
	if (!f->decoder)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "compression \"%.40s\" is not one that this loader knows (gzip, zstd)",
		    compression);
	for (size_t i = 0; i < RI_FRAMES_SLOTS; i++)
		if (!(f->slots[i].p = malloc(RI_FRAMES_PIECE)))
			return ri_nomem(e);
	if (ri_input_init(&f->in, fd, bytes, e) < 0 || f->decoder->open(&f->state, e) < 0)
		return -1;
	if (start(f, e) < 0)
		return -1;
	*out = ri_steal(f);
	return 0;
}
