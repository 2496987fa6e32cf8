package doctor

import "golang.org/x/sys/unix"

// Synchronised asks the kernel whether something, such as chrony or
// systemd-timesyncd, keeps its clock right.
func Synchronised() (bool, error) {
	const unsynchronised = 0x40 // STA_UNSYNC of adjtimex(2)
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	return err == nil && state != unix.TIME_ERROR && t.Status&unsynchronised == 0, err
}

// mayOpen is how many files a process may open; 0 is this one.
func mayOpen(pid int) (uint64, error) {
	var limit unix.Rlimit
	err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, nil, &limit)
	return limit.Cur, err
}
