package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"waijiao/intake/internal/seal"
)

// holdData keeps other processes out of the data folder until the file is
// closed or the process ends, however it ends. A second one would clear away
// the uploads of requests that the first is still reading.
func holdData(dir string) (io.Closer, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, usage("--data %s：另一个 intake 正在使用这个文件夹，请先停止它，或换一个文件夹", "--data %s: another intake is using this folder; stop it first, or name another folder", dir)
	}
	return nil, fmt.Errorf("%s: %w", f.Name(), err)
}

// loadSecret reads the server's secret, or draws one when there is none. The
// file can be read by its owner alone.
func loadSecret(path string, random io.Reader) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err == nil {
		if len(b) != 32 {
			return nil, usage("%s 应有 32 个字节，实际有 %d 个：请从备份取回原来的", "%s should hold 32 bytes and holds %d: bring the right one back from a backup", path, len(b))
		}
		if info, err := os.Stat(path); err == nil && seal.Exposed(info) {
			return nil, trouble("%s 可以被其他用户读取。请运行 chmod 600 %[1]s；如果别人可能已经读过，请换一把新的服务器密钥", "other users can read %s. Run chmod 600 %[1]s, and if somebody may have read it, change the secret", path)
		}
		return b, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	b = make([]byte, 32)
	if _, err := io.ReadFull(random, b); err != nil {
		return nil, err
	}
	return b, storeSecret(path, b)
}

// storeSecret writes the secret so that a loss of power leaves all of it or
// nothing.
func storeSecret(path string, b []byte) error {
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}
