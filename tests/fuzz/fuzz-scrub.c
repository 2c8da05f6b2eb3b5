// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What --scrub remembers of an array.
 *
 * fuzz: -max_len=512
 */
#include <string.h>

#include "scrubfile.h"
#include "shared.h"
#include "util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct scrub_state s, again;

	if (scrub_parse((const char *)data, n, &s))
		return 0;
	REQUIRE(s.position_sec <= s.size_sec);
	autofree char *text = scrub_format(&s);

	REQUIRE(!scrub_parse(text, strlen(text), &again) && !memcmp(&s, &again, sizeof(s)));
	return 0;
}
