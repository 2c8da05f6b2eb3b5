/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unpack.h - port: an initramfs read from its file.  What is compressed in it goes through the
 * program for that, run by a fixed path; nothing is written anywhere.
 */
#ifndef UNPACK_H
#define UNPACK_H

#include "bootimage.h"
#include "err.h"

#define UNPACK_BYTES_MAX (4ULL << 30)    /* of what comes out of all parts */
#define UNPACK_MS_MAX 120000

/* How something is compressed, by its first bytes. */
enum packing {
	PACK_GZIP, PACK_XZ, PACK_ZSTD, PACK_LZ4, PACK_BZIP2, PACK_LZMA, PACK_LZO,
	PACK_UNKNOWN,
};

#define PACK_MAGIC_BYTES 6

/* Pure.  n: how many bytes there are, PACK_MAGIC_BYTES are enough. */
enum packing packing_of(const uint8_t *p, size_t n);
const char *packing_name(enum packing p);    /* "gzip"; NULL for PACK_UNKNOWN */

/*
 * Reads the whole image at path, a file, into out, which is sorted then.
 * Errors, with the sentence: -ENOENT ..., that of open; -EINVAL it is no file; -EBADMSG it is no
 * initramfs, or is damaged; -ENOEXEC the program to unpack it is not there, or failed; -ETIMEDOUT;
 * -EFBIG.  The caller frees *out with bootimage_free, also after a failure.
 */
int unpack_bootimage(const char *path, struct bootimage *out, struct err *err);

#endif
