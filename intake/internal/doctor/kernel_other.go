//go:build !linux

package doctor

import "errors"

// Synchronised cannot ask any kernel but Linux.
func Synchronised() (bool, error) { return false, errors.ErrUnsupported }

func mayOpen(int) (uint64, error) { return 0, errors.ErrUnsupported }
