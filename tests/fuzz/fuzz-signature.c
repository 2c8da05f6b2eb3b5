// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * File systems, volumes and partition tables: the input is the start of a device, and what lies at any other
 * place where one of them is looked for.
 *
 * fuzz: -max_len=4200
 */
#include "shared.h"
#include "signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct span s = { data, n };
	struct ext_info ext;
	uint64_t end_sec;

	if (signature_ext(s, &ext))
		REQUIRE(n >= 2048 && ext.size_kib <= (uint64_t)UINT32_MAX << 6 && ext.mtime >= 0 &&
			ext.mtime <= UINT32_MAX);
	for (const struct signature *k = signatures; k->what; k++) {
		REQUIRE(k->n <= SIGNATURE_BYTES_MOST);
		/* more than is read of a device says nothing else */
		if (k->is(s))
			REQUIRE(n >= 4 && k->is((struct span){ data, n < k->n ? n : k->n }));
	}
	if (signature_mbr(s, &end_sec))
		REQUIRE(n >= 512 && end_sec <= 2 * (uint64_t)UINT32_MAX);
	REQUIRE(signature_gpt(s) + signature_ddf(s) + signature_imsm(s) <= 1);
	return 0;
}
