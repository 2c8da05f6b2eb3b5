// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Verify-read.c - some bands of an array, read from all members.  Part of --verify.  Reads past the page
 * cache of the members: the array writes below that.  Changes nothing.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "Verify.h"
#include "parity.h"
#include "util.h"

/* Of one member at once: enough that a disk is not waited for; and of all of them. */
#define MEMBER_BYTES (8ull << 20)
#define ALL_BYTES (192ull << 20)
/* What is read again in pieces when it cannot be read as a whole. */
#define PIECE_SEC 128
#define ALIGN (2u << 20) /* a large page: to touch it first costs as much as a small one */

uint64_t verify_window_bands(const struct verified *v)
{
	uint64_t band = v->bands.band_sec * v->bands.places * SECTOR_BYTES;
	uint64_t room = MIN(MEMBER_BYTES, ALL_BYTES / 2 / v->geo.raid_disks);

	return MIN(MAX(room / band, 1), v->bands.n);
}

int verify_window_make(const struct verified *v, uint64_t bands, struct verify_window *w,
		       struct err *err)
{
	const unsigned n = v->geo.raid_disks;

	*w = (struct verify_window){
		.room = bands * v->bands.band_sec * v->bands.places * SECTOR_BYTES,
		.bytes = xcalloc(n, sizeof(*w->bytes)),
		.unread = xcalloc(n, sizeof(*w->unread)),
		.error = xcalloc(n, sizeof(*w->error)),
	};
	for (unsigned i = 0; i < n; i++) {
		if (!v->member[i].here)
			continue;
		w->bytes[i] = aligned_alloc(ALIGN, round_up_u64(w->room, ALIGN));
		if (w->bytes[i])
			madvise(w->bytes[i], round_up_u64(w->room, ALIGN), MADV_HUGEPAGE);
		else
			return err_set(err, -ENOMEM, "no memory for %zu bytes of each member of %s",
				       w->room, v->path);
	}
	return 0;
}

void verify_window_free(const struct verified *v, struct verify_window *w)
{
	for (unsigned i = 0; w->bytes && i < v->geo.raid_disks; i++) {
		free(w->bytes[i]);
		free(w->unread[i].hole);
	}
	free(w->bytes);
	free(w->unread);
	free(w->error);
	*w = (struct verify_window){ 0 };
}

void verify_window_aim(const struct verified *v, struct verify_window *w, uint64_t band,
		       uint64_t bands)
{
	const struct stripe_bands *b = &v->bands;

	bands = MIN(bands, b->n - band);
	w->first = band * b->stripes;
	w->n = MIN(bands * b->stripes, stripe_count(&v->geo) - w->first);
	w->at_sec = band * b->band_sec;
	w->len_sec = bands * b->band_sec;
	for (unsigned i = 0; i < v->geo.raid_disks; i++) {
		w->unread[i].n = 0;
		w->error[i].text[0] = '\0';
	}
}

/* What cannot be read is a hole, sector by sector where it begins and ends. */
static void read_pieces(const struct verify_member *m, struct verify_window *w, unsigned slot,
			uint64_t at_sec, uint8_t *to, uint64_t n_sec)
{
	uint64_t step = PIECE_SEC, unit = m->dev->sector_bytes / SECTOR_BYTES;

	for (uint64_t done = 0, n; done < n_sec; done += n) {
		struct err why;

		n = MIN(step, n_sec - done);
		if (!blk_read_aligned(m->dev, (m->offset_sec + at_sec + done) * SECTOR_BYTES,
				      to + done * SECTOR_BYTES, n * SECTOR_BYTES, &why)) {
			step = done % PIECE_SEC ? step : PIECE_SEC;
			continue;
		}
		if (n > unit) {
			step = unit;
			n = 0;
			continue;
		}
		if (!w->error[slot].text[0])
			w->error[slot] = why;
		verify_add_hole(&w->unread[slot], at_sec + done, n);
		step = (done + n) % PIECE_SEC ? unit : PIECE_SEC;
	}
}

static void read_place(const struct verify_member *m, struct verify_window *w, unsigned slot,
		       uint64_t at_sec, uint8_t *to)
{
	uint64_t size = m->dev->size_sec - MIN(m->dev->size_sec, m->offset_sec);
	uint64_t n = MIN(w->len_sec, size - MIN(size, at_sec));
	struct err why;

	if (n < w->len_sec)
		memset(to + n * SECTOR_BYTES, 0, (w->len_sec - n) * SECTOR_BYTES);
	if (n && blk_read_aligned(m->dev, (m->offset_sec + at_sec) * SECTOR_BYTES, to,
				  n * SECTOR_BYTES, &why))
		read_pieces(m, w, slot, at_sec, to, n);
}

void verify_window_read(const struct verified *v, struct verify_window *w, unsigned slot)
{
	const struct verify_member *m = &v->member[slot];

	for (unsigned i = 0; m->here && i < v->bands.places; i++)
		read_place(m, w, slot, w->at_sec + i * v->bands.stride_sec,
			   w->bytes[slot] + i * w->len_sec * SECTOR_BYTES);
}

uint8_t *verify_bytes(const struct verified *v, const struct verify_window *w, unsigned slot,
		      uint64_t at_sec)
{
	for (unsigned i = 0; i < v->bands.places; i++) {
		uint64_t start = w->at_sec + i * v->bands.stride_sec;

		if (at_sec >= start && at_sec - start < w->len_sec)
			return w->bytes[slot] + (i * w->len_sec + at_sec - start) * SECTOR_BYTES;
	}
	return NULL;
}
