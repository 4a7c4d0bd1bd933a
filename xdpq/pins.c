/* SPDX-License-Identifier: GPL-2.0-only */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xdpq/netns.h>
#include <xdpq/pins.h>

#ifndef BPF_FS_MAGIC
#define BPF_FS_MAGIC 0xcafe4a11
#endif

#define ROOT "/run/xdpq"

static const char *root = ROOT;

const char *pins_root(void)
{
	return root;
}

void pin_netns_dir(char path[PIN_PATH_SIZE], uint64_t cookie)
{
	snprintf(path, PIN_PATH_SIZE, "%s/%" PRIu64, root, cookie);
}

void pin_port_dir(char path[PIN_PATH_SIZE], uint64_t cookie, uint32_t ifindex)
{
	snprintf(path, PIN_PATH_SIZE, "%s/%" PRIu64 "/%u", root, cookie, ifindex);
}

void pin_heir_dir(char path[PIN_PATH_SIZE], uint64_t cookie, uint32_t ifindex)
{
	snprintf(path, PIN_PATH_SIZE, "%s/%" PRIu64 "/%u-heir", root, cookie, ifindex);
}

void pin_path(char path[PIN_PATH_SIZE], const char *dir, const char *name)
{
	snprintf(path, PIN_PATH_SIZE, "%s/%s", dir, name);
}

static bool is_bpffs(const char *path)
{
	struct statfs fs;

	return !statfs(path, &fs) && (uint32_t)fs.f_type == BPF_FS_MAGIC;
}

/*
 * A mount made at home may not show up in our mount namespace; through /proc it is
 * reached all the same.
 */
static bool find_root(void)
{
	static char at_home[64];

	root = ROOT;
	if (is_bpffs(ROOT))
		return true;
	snprintf(at_home, sizeof(at_home), "/proc/%d/root" ROOT, netns_home());
	if (!is_bpffs(at_home))
		return false;
	root = at_home;
	return true;
}

/* In a child, so that this process stays in its mount namespace. Exits with an errno value. */
static void mount_at_home(void)
{
	int lock, err = netns_enter_home(netns_home(), CLONE_NEWNS);

	if (err)
		_exit(-err);
	if (mkdir(ROOT, 0700) && errno != EEXIST)
		_exit(errno);
	/* On the directory below the mount: who waits for it finds the mount, makes no second. */
	lock = open(ROOT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock < 0 || flock(lock, LOCK_EX))
		_exit(errno);
	if (!is_bpffs(ROOT) &&
	    mount("xdpq", ROOT, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700"))
		_exit(errno);
	_exit(0);
}

static int mount_root(void)
{
	pid_t child = fork();
	int status;

	if (child < 0)
		return errno;
	if (!child)
		mount_at_home();
	if (waitpid(child, &status, 0) < 0)
		return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

/* What would be right, in brackets; empty if that cannot be told from the error. */
static const char *mount_remedy(int err)
{
	switch (err) {
	case EPERM:
	case EACCES:
		return " (needs CAP_SYS_ADMIN; it is enough if root does once "
		       "`mkdir -p " ROOT " && mount -t bpf bpf " ROOT "`)";
	case EROFS:
		return " (the directory is missing; make it where its file system can be written)";
	case ENOTDIR:
		return " (it has to be a directory; move what is there)";
	default:
		return "";
	}
}

int pins_open(struct errors *e, int create)
{
	int err;

	if (find_root())
		return 0;
	if (!create)
		return 1;
	err = mount_root();
	if (err)
		return fail_errno(e, err, "cannot mount a BPF file system at %s%s", ROOT,
				  mount_remedy(err));
	if (!find_root())
		return fail(e, EXIT_CODE_FAILED,
			    "the BPF file system mounted at %s is not visible here", ROOT);
	return 0;
}

/* While we waited, the holder may have put another directory in its place. */
static bool is_at(int fd, const char *path)
{
	struct stat held, there;

	return !fstat(fd, &held) && !stat(path, &there) &&
	       held.st_ino == there.st_ino && held.st_dev == there.st_dev;
}

static int lock_dir(int fd, int how)
{
	int err;

	do {
		err = flock(fd, how) ? -errno : 0;
	} while (err == -EINTR);
	return err;
}

static int open_and_lock(const char *dir, int how)
{
	for (;;) {
		int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err;

		if (fd < 0)
			return -errno;
		err = lock_dir(fd, how);
		if (!err && is_at(fd, dir))
			return fd;
		close(fd);
		if (err)
			return err;
	}
}

int pins_lock(const char *dir)
{
	return open_and_lock(dir, LOCK_EX);
}

int pins_trylock(const char *dir)
{
	return open_and_lock(dir, LOCK_EX | LOCK_NB);
}

int pins_lock_with(int fd, const char *dir)
{
	int own = is_at(fd, dir) ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : -1;

	if (own < 0)
		return pins_lock(dir);
	/* At once if the lock is its already. */
	if (!lock_dir(own, LOCK_EX) && is_at(own, dir))
		return own;
	close(own);
	return pins_lock(dir);
}

int pins_exchange(const char *a, const char *b)
{
	return renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) ? -errno : 0;
}

int pins_mkdir(const char *dir)
{
	return mkdir(dir, 0700) && errno != EEXIST ? -errno : 0;
}

int pins_remove(const char *dir)
{
	struct dirent *entry;
	DIR *d = opendir(dir);

	if (!d)
		return errno == ENOENT ? 0 : -errno;
	while ((entry = readdir(d)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			unlinkat(dirfd(d), entry->d_name, 0);
	closedir(d);
	return rmdir(dir) && errno != ENOENT ? -errno : 0;
}

int pins_each_number(const char *dir, int (*each)(uint64_t number, void *arg), void *arg)
{
	struct dirent *entry;
	DIR *d = opendir(dir);
	int ret = 0;

	if (!d)
		return 0;
	while (!ret && (entry = readdir(d))) {
		char *end;
		uint64_t number = strtoull(entry->d_name, &end, 10);

		if (end != entry->d_name && !*end)
			ret = each(number, arg);
	}
	closedir(d);
	return ret;
}
