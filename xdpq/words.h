/* SPDX-License-Identifier: GPL-2.0-only */
/* Parameters and counters as text, " NAME VALUE NAME VALUE", which can be typed again. */
#ifndef XDPQ_WORDS_H
#define XDPQ_WORDS_H

#include <jansson.h>

#include <xdpq/config.h>

/*
 * {"given": TEXT, "derived": TEXT, "counters": TEXT}: of the parameters in force, those with a
 * value, by whether it was derived; and the counters in the struct at `counters`.
 */
json_t *words_json(const struct config *config, const void *counters);

#endif
