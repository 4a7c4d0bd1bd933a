/* SPDX-License-Identifier: GPL-2.0-only */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <xdpq/process.h>

static int proc = -1;

void process_prepare(void)
{
	if (proc < 0)
		proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool read_stat(uint32_t pid, char *line, size_t size)
{
	char path[32];
	ssize_t len;
	int fd;

	process_prepare();
	snprintf(path, sizeof(path), "%u/stat", pid);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	len = read(fd, line, size - 1);
	close(fd);
	line[len > 0 ? len : 0] = 0;
	return len > 0;
}

uint64_t process_started(uint32_t pid, char *state)
{
	char line[1024], letter, *end;
	unsigned long long started = 0;

	if (!read_stat(pid, line, sizeof(line)))
		return 0;
	/* The name, in parentheses, may hold anything. */
	end = strrchr(line, ')');
	if (!end || sscanf(end + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u"
			   " %*d %*d %*d %*d %*d %*d %llu", &letter, &started) != 2)
		return 0;
	if (state)
		*state = letter;
	/* What has ended but not been waited for is no longer there for us. */
	return letter == 'Z' || letter == 'X' ? 0 : started;
}

static const int terminal_signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGTSTP };

static void set_all(void (*handler)(int))
{
	for (size_t i = 0; i < sizeof(terminal_signals) / sizeof(terminal_signals[0]); i++)
		signal(terminal_signals[i], handler);
}

void uninterruptible(void)
{
	set_all(SIG_IGN);
}

void interruptible(void)
{
	set_all(SIG_DFL);
}
