// SPDX-License-Identifier: GPL-2.0-or-later
#include "Scrub.h"
#include "mode.h"
int Scrub(char *const *dev, size_t n, const struct request *r, struct json *json)
{
	(void)dev; (void)n; (void)r; (void)json;
	return STATUS_FAILED;
}
