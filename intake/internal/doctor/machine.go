package doctor

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"

	"waijiao/intake/internal/watch"
	"waijiao/internal/locale"
)

const (
	// Below leastRoom the server says that it is not ready; below room there is
	// still time to act.
	leastRoom = 256 << 20
	room      = 2 << 30
	// leastFiles is how many open files the bounds on connections reckon with.
	leastFiles = 10_000
)

// Disk examines whether the folder can be written and its disk has room.
func Disk(ctx context.Context, dir string) []Finding {
	const name = "disk"
	free, err := watch.Free(dir)
	if err != nil {
		return []Finding{wrong(name, locale.Same(err.Error()), locale.T("请检查 --data。", "Check --data."))}
	}
	return []Finding{disk(dir, free, watch.Room(dir, 0).Run(ctx))}
}

func disk(dir string, free uint64, written error) Finding {
	const name = "disk"
	left := locale.Size(int64(min(free, 1<<62)))
	if free >= 1<<30 {
		left = fmt.Sprintf("%.1f GB", float64(free)/(1<<30))
	}
	mend := locale.T("请腾出空间或换更大的磁盘；磁盘满时，表单会被拒收。", "Make room, or take a larger disk: when it is full, forms are turned away.")
	switch {
	case written != nil:
		return wrong(name, locale.Tf("%s 写不进去：%v", "%s cannot be written: %v", dir, written), locale.T("请检查文件夹的所有者，并用服务的用户运行这个命令。", "Check who owns the folder, and run this command as the service's user."))
	case free < leastRoom:
		return wrong(name, locale.Tf("%s 只剩 %s。", "%s has %s left.", dir, left), mend)
	case free < room:
		return warn(name, locale.Tf("%s 只剩 %s。", "%s has %s left.", dir, left), mend)
	}
	return fine(name, locale.Tf("%s 还有 %s。", "%s has %s left.", dir, left))
}

// Folder examines who may look into the data folder, and whether it belongs to
// whoever runs this.
func Folder(dir string) []Finding {
	const name = "data"
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return []Finding{warn(name, locale.Tf("%s 还不存在。", "%s is not there yet.", dir), locale.T("第一次启动时会建立。如果这里应有数据，请检查 --data。", "The first start makes it. If there should be data, check --data."))}
	case err != nil:
		return []Finding{wrong(name, locale.Same(err.Error()), locale.T("请检查 --data。", "Check --data."))}
	case !info.IsDir():
		return []Finding{wrong(name, locale.Tf("%s 不是文件夹。", "%s is not a folder.", dir), locale.T("请检查 --data。", "Check --data."))}
	case info.Mode().Perm()&0o077 != 0:
		return []Finding{wrong(name, locale.Tf("其他用户可以打开 %s（权限 %03o）。", "other users can look into %s (mode %03o).", dir, info.Mode().Perm()),
			locale.Tf("请运行 chmod 700 %s。", "Run chmod 700 %s.", dir))}
	}
	owner := os.Geteuid()
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		owner = int(s.Uid)
	}
	return []Finding{owned(dir, owner, os.Geteuid())}
}

func owned(dir string, owner, us int) Finding {
	const name = "data"
	if owner != us {
		return warn(name, locale.Tf("%s 属于用户 %d，运行这个命令的是用户 %d。", "%s belongs to user %d, and this is run by user %d.", dir, owner, us),
			locale.T("请用服务的用户运行，例如 sudo -u intake intake doctor …，检查的结果才与服务所见一致。", "Run it as the service's user, such as sudo -u intake intake doctor …, to see what the service sees."))
	}
	return fine(name, locale.Tf("%s 只有所有者能打开。", "%s can be opened by its owner alone.", dir))
}

// Server examines whether an intake holds the lock file, and how many files it
// may open; where none runs, how many a program may that is started like this.
func Server(lock string) []Finding {
	pid := holder("/proc/locks", lock)
	state := fine("server", locale.T("没有在运行。", "not running."))
	if pid > 0 {
		state = fine("server", locale.Tf("正在运行（进程 %d）。", "running (process %d).", pid))
	}
	limit, err := mayOpen(pid)
	if err != nil {
		// Not ours to look at; the limit of this process is the best guess.
		if limit, err = mayOpen(0); err != nil {
			return []Finding{state}
		}
	}
	return []Finding{state, openFiles(limit)}
}

func openFiles(limit uint64) Finding {
	const name = "open-files"
	if limit < leastFiles {
		return warn(name, locale.Tf("最多可同时打开%d个文件，连接多时会不够。", "%d files can be open at the same time, too few for many connections.", limit),
			locale.Tf("请在 systemd 单元里写 LimitNOFILE=%d 或更大，或者用 ulimit -n。", "Write LimitNOFILE=%d or more into the systemd unit, or use ulimit -n.", leastFiles))
	}
	return fine(name, locale.Tf("最多可同时打开%s个文件。", "%s files can be open at the same time.", locale.Number(int(min(limit, 1<<31)))))
}

// holder is the process that holds a lock on the file by flock, or 0. It asks
// the kernel's list, since to try the lock would disturb a server that starts.
func holder(locks, file string) int {
	var s syscall.Stat_t
	if syscall.Stat(file, &s) != nil {
		return 0
	}
	f, err := os.Open(locks)
	if err != nil {
		return 0
	}
	defer f.Close()
	inode := fmt.Sprintf(":%d", s.Ino)
	for lines := bufio.NewScanner(f); lines.Scan(); {
		// 1: FLOCK  ADVISORY  WRITE 4711 08:01:1234567 0 EOF
		part := strings.Fields(lines.Text())
		if len(part) < 6 || part[1] != "FLOCK" || !strings.HasSuffix(part[5], inode) {
			continue
		}
		if pid, err := strconv.Atoi(part[4]); err == nil {
			return pid
		}
	}
	return 0
}
