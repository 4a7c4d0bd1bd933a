/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <xdpq/netns.h>

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

int netns_cookie(uint64_t *cookie)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err = 0;
	socklen_t len = sizeof(*cookie);

	if (fd < 0)
		return -errno;
	if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, cookie, &len))
		err = -errno;
	close(fd);
	return err;
}

static int enter(const char *path, int type)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (setns(fd, type))
		err = -errno;
	close(fd);
	return err;
}

int netns_enter(const char *name)
{
	char path[512];

	if (!*name || strchr(name, '/') || strlen(name) > 255)
		return -EINVAL;
	snprintf(path, sizeof(path), "/run/netns/%s", name);
	return enter(path, CLONE_NEWNET);
}

static pid_t parent_of(pid_t pid)
{
	char path[64], line[1024], *end;
	int parent = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (fgets(line, sizeof(line), f) && (end = strrchr(line, ')')))
		sscanf(end + 1, " %*c %d", &parent);
	fclose(f);
	return parent;
}

int netns_home(void)
{
	pid_t home = getpid();
	char path[64];

	for (pid_t pid = getppid(); pid > 0; pid = parent_of(pid)) {
		snprintf(path, sizeof(path), "/proc/%d/ns/mnt", pid);
		if (!access(path, R_OK))
			home = pid;
	}
	return home;
}

int netns_enter_home(int home, int type)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", home, type == CLONE_NEWNET ? "net" : "mnt");
	return enter(path, type);
}
