/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tool says to standard error while something runs. */
#ifndef XDPQ_TEST_SAID_H
#define XDPQ_TEST_SAID_H

#include <stdio.h>
#include <unistd.h>

#define SAID_SIZE 8192

struct said {
	FILE *file;
	int stderr_fd;
	char text[SAID_SIZE];
};

static inline void said_begin(struct said *said)
{
	fflush(stderr);
	said->stderr_fd = dup(STDERR_FILENO);
	said->file = tmpfile();
	if (said->stderr_fd < 0 || !said->file || dup2(fileno(said->file), STDERR_FILENO) < 0)
		_exit(1);
}

static inline void said_end(struct said *said)
{
	size_t len;

	fflush(stderr);
	dup2(said->stderr_fd, STDERR_FILENO);
	close(said->stderr_fd);
	rewind(said->file);
	len = fread(said->text, 1, sizeof(said->text) - 1, said->file);
	said->text[len] = 0;
	fclose(said->file);
}

#endif
