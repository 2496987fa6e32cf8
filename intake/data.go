package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
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
			return nil, usage("%s 应有 32 个字节，实际有 %d 个：删去它，会重新生成", "%s should hold 32 bytes and holds %d: remove it, and a new one is made", path, len(b))
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
