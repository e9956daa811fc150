//go:build !linux

package blocks

func (w *Writer) writeBack() {}
