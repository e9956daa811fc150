//go:build unix

package devnet

import "syscall"

// ownGroup keeps a terminal's ^C from the children: the devnet stops them, before
// the chain under them.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
