//go:build !linux

package main

import "os/exec"

// dieWithParent does nothing where the kernel cannot.
func dieWithParent(*exec.Cmd) {}
