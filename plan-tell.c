// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * plan-tell.c - a plan told before it runs, as text and as JSON: both from what each kind of step
 * tells of itself.  Changes nothing.
 */
#include <string.h>

#include "plan-step.h"
#include "util.h"

void tell_text(struct teller *t, const char *key, const char *value)
{
	char text[600];

	if (t->json)
		json_bytes(t->json, key, value);
	else
		fprintf(t->out, " %s=%s", key, printable(text, sizeof(text), value, strlen(value)));
}

void tell_word(struct teller *t, const char *key, const char *word)
{
	if (t->json)
		json_text(t->json, key, word);
	else
		fprintf(t->out, " %s=%s", key, word);
}

void tell_number(struct teller *t, const char *key, int64_t value)
{
	if (t->json)
		json_signed(t->json, key, value);
	else
		fprintf(t->out, " %s=%lld", key, (long long)value);
}

void tell_bool(struct teller *t, const char *key, bool value)
{
	if (t->json)
		json_bool(t->json, key, value);
	else if (value)
		fprintf(t->out, " %s", key);
}

void tell_sysfs(struct teller *t, const char *devnm, const char *attr, const char *value)
{
	char path[120];

	snprintf(path, sizeof(path), "/sys/block/%s/%s", devnm, attr);
	tell_word(t, "sysfs", path);
	tell_word(t, "value", value);
}

static void tell_step(const struct step *s, struct teller *t)
{
	if (s->kind->tell)
		s->kind->tell(s, t);
}

void plan_tell_text(const struct plan *p, FILE *out)
{
	struct teller t = { .out = out };

	for (size_t i = 0; i < p->n; i++) {
		fprintf(out, "%3zu. %s", i + 1, p->step[i]->kind->name);
		tell_step(p->step[i], &t);
		fputc('\n', out);
	}
}

void plan_tell_json(const struct plan *p, struct json *j)
{
	struct teller t = { .json = j };

	json_array(j, "steps");
	for (size_t i = 0; i < p->n; i++) {
		json_object(j, NULL);
		json_text(j, "step", p->step[i]->kind->name);
		tell_step(p->step[i], &t);
		json_close(j);
	}
	json_close(j);
}
