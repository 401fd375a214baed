package main

import (
	"os/exec"
	"syscall"
)

// dieWithParent has the kernel kill a process when the test binary dies, which a time-out or a kill does without any clean-up.
func dieWithParent(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
