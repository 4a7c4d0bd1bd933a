/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <string.h>

#include <xdpq/process.h>

uint64_t process_started(uint32_t pid, char *state)
{
	char path[64], line[1024], letter, *end;
	unsigned long long started = 0;
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	len = fread(line, 1, sizeof(line) - 1, f);
	fclose(f);
	line[len] = 0;
	/* The name, in parentheses, may hold anything. */
	end = strrchr(line, ')');
	if (!end || sscanf(end + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d"
			   " %*d %*d %*d %llu", &letter, &started) != 2)
		return 0;
	if (state)
		*state = letter;
	/* What has ended but not been waited for is no longer there for us. */
	return letter == 'Z' || letter == 'X' ? 0 : started;
}
