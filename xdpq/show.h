/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XDPQ_SHOW_H
#define XDPQ_SHOW_H

#include <jansson.h>

#include <xdpq/cmd.h>

/* Prints the array of ports that `show -j` would print, as text; each with "words" (words.h). */
void show_text(const struct options *options, const json_t *ports);

#endif
